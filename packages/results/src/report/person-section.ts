/** One person of a recording. */
import { toTimeLabel } from '../charts/time-axis.js';
import { rowsPanel, stripPanel, type PanelStyle } from '../charts/timeline-panels.js';
import { describePerson } from '../charts/timeline-words.js';
import type { Example, Person, Recording } from '../timeline/recording.js';
import type { Column } from '../timeline/time-columns.js';
import { expressionShares } from './expression-shares.js';
import { facePictures, namedFace } from './face-pictures.js';
import { toCount, toPercent } from './figures.js';
import { html, NOTHING, type Html } from './html.js';
import { section } from './section.js';
import { timelineFigure } from './timeline-figure.js';

export function personSection(person: Person, recording: Recording, style: PanelStyle): Html {
  const { id, tally, firstMs, lastMs, smoothed, asRead } = person;
  const words = describePerson(person, recording.labels);
  const draw = (columns: readonly (Column | undefined)[], description: string): Html =>
    timelineFigure(
      description,
      [stripPanel('shown', columns, recording, style), rowsPanel(columns, recording.labels, style)],
      recording,
      style,
    );
  return section(
    namedFace(`Person ${id}`, `Face of person ${id}`, bestExample(person)?.picture),
    html`<p>
      Seen in ${toCount(tally.readings)} of ${toCount(recording.frames)} frames
      (${toPercent(tally.readings / recording.frames)}), from ${toTimeLabel(firstMs)} to
      ${toTimeLabel(lastMs)}.
    </p>`,
    draw(smoothed, words),
    html`<details>
      <summary>Readings of each frame alone, without smoothing</summary>
      ${draw(asRead, words.replace('Timeline', 'Timeline of the readings of each frame alone'))}
    </details>`,
    expressionShares(tally, recording.labels, 'frames', `Person ${id}: `),
    examples(person),
  );
}

/** The example with the highest probability: the face that stands beside the person's name. */
export function bestExample({ examples }: Person): Example | undefined {
  return examples.reduce<Example | undefined>(
    (best, example) => (best !== undefined && best.probability >= example.probability ? best : example),
    undefined,
  );
}

function examples({ id, examples }: Person): Html {
  if (examples.length === 0) return NOTHING;
  return html`<h3>Most certain frames</h3>
    ${facePictures(
      examples.map(({ label, timestampMs, probability, picture }) => {
        const time = toTimeLabel(timestampMs);
        const alt = `Person ${id} at ${time}, read as ${label}`;
        return { picture, alt, caption: label, figure: toPercent(probability, 0), note: `at ${time}` };
      }),
    )}`;
}
