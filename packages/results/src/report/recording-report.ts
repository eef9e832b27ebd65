/** The report of one recording: expressions of each person over time, how many are sure, and the settings. */
import { element } from '../charts/svg.js';
import { toTimeLabel } from '../charts/time-axis.js';
import { colourOf, crowdPanel, stripPanel, type PanelStyle } from '../charts/timeline-panels.js';
import { describeEveryone, othersName, personName } from '../charts/timeline-words.js';
import type { Person, Recording } from '../timeline/recording.js';
import { LEAST_PRESENCE, MAX_PEOPLE } from '../timeline/summarize-recording.js';
import { countSure } from '../timeline/tally.js';
import { COLUMNS } from '../timeline/time-columns.js';
import { toClock } from '../words/clock.js';
import { ANALYSIS_LIMITS, PICTURES_NOTE, settingsSection } from './analysis-sections.js';
import { toCount, toPercent } from './figures.js';
import { namedFace } from './face-pictures.js';
import { html, Html, NOTHING } from './html.js';
import { bestExample, personSection } from './person-section.js';
import { renderPage } from './render-page.js';
import type { Fact } from './report.js';
import { dataTable, section } from './section.js';
import { createPageStyle, timelineFigure, UNSURE_DEFINITION } from './timeline-figure.js';

export interface RecordingReport {
  /** Of the recording. */
  readonly name: string;
  readonly recording: Recording;
  /** Whether the recording was read to its end. */
  readonly isWhole: boolean;
  /** Settings of the analysis, program, runtime. */
  readonly settings: readonly Fact[];
}

/** @returns the page */
export function toRecordingReport({ name, recording, isWhole, settings }: RecordingReport): Promise<string> {
  const { labels, people, others, width, height, model, detector } = recording;
  const hasPictures = people.some(({ examples }) => examples.length > 0);
  const style = createPageStyle([
    ...labels,
    ...people.map(({ id }) => personName(id)),
    othersName(recording),
  ]);
  return renderPage({
    title: `Expressions in ${name}`,
    subtitle: `A person is a face that was followed from frame to frame. Its number is no name: nobody is identified.${hasPictures ? ` ${PICTURES_NOTE}` : ''}`,
    keyFigures: keyFigures(recording),
    sections: [
      UNSURE_DEFINITION,
      ...(isWhole ? [] : [unfinished(recording)]),
      everyoneSection(recording, style),
      ...people.map((person) => personSection(person, recording, style)),
      ...(others.people > 0 || recording.unconfirmed > 0 ? [othersSection(recording)] : []),
      settingsSection([
        ['recording', `${name}, ${width}×${height} pixels`],
        ['model', model],
        ['detector', detector],
        ...settings,
      ]),
    ],
    limits: ANALYSIS_LIMITS,
  });
}

function keyFigures(recording: Recording): [string, string, string?][] {
  const { startMs, endMs, intervalMs, frames, framesWithFaces, people, others } = recording;
  const all = people.reduce((sum, { tally }) => sum + tally.readings, 0);
  const sure = people.reduce((sum, { tally }) => sum + countSure(tally), 0);
  const timeMs = endMs - startMs;
  return [
    ['analysed', timeMs < 10_000 ? toTimeLabel(timeMs) : toClock(timeMs / 1000), 'of the recording'],
    frames === 1 ? ['frames', '1'] : ['frames', toCount(frames), `one every ${toInterval(intervalMs)}`],
    ['with a face', toPercent(framesWithFaces / frames), `${toCount(framesWithFaces)} frames`],
    ['people', toCount(people.length + others.people), 'faces that were followed'],
    ['unsure', toPercent((all - sure) / all), 'of their frames'],
  ];
}

function everyoneSection(recording: Recording, style: PanelStyle): Html {
  const { labels, people, others, startMs, endMs } = recording;
  if (people.length === 0) {
    return section(
      'Everyone',
      html`<p>
        No face was found in ${toCount(recording.frames)} ${recording.frames === 1 ? 'frame' : 'frames'}.
      </p>`,
    );
  }
  const crowd = others.people === 0 ? [] : [crowdPanel(othersName(recording), others.columns, style)];
  return section(
    people.length + others.people === 1 ? 'The whole time' : 'Everyone',
    html`${legend(labels)}
      ${timelineFigure(
        describeEveryone(recording),
        [
          ...people.map(({ id, smoothed }) => stripPanel(personName(id), smoothed, recording, style)),
          ...crowd,
        ],
        recording,
        style,
      )}
      <p class="note">
        Each column covers ${toInterval((endMs - startMs) / COLUMNS)} and shows the expression with the
        longest duration in it. The rows of a person below are filled up to the mean smoothed probability of
        each expression; a full row is 100&nbsp;%.
      </p>
      ${totals(recording)}`,
  );
}

function legend(labels: readonly string[]): Html {
  const swatch = (className: string, hatch: string): Html =>
    new Html(
      element(
        'svg',
        { class: 'swatch', width: 22, height: 12, 'aria-hidden': 'true' },
        element('rect', { class: className, width: 22, height: 12 }),
        hatch,
      ),
    );
  const hatch = element('rect', { fill: 'url(#unsure)', width: 22, height: 12 });
  const items = labels.map(
    (label, index) => html`<li>${swatch(`fill series-${colourOf(index)}`, '')}${label}</li> `,
  );
  return html`<ul class="legend">
    ${items}
    <li>${swatch('plain', hatch)}unsure</li>
    <li>${swatch('none', '')}not seen</li>
  </ul>`;
}

function totals({ people, labels, frames }: Recording): Html {
  return dataTable(
    'Everyone in figures',
    [
      { name: 'person', kind: 'name' },
      { name: 'first seen', kind: 'figure' },
      { name: 'last seen', kind: 'figure' },
      { name: 'frames', kind: 'figure' },
      { name: 'of all', kind: 'figure' },
      { name: 'unsure', kind: 'figure' },
      { name: 'most frequent sure expression', kind: 'name' },
    ],
    people.map((person) => [
      namedFace(String(person.id), `Face of person ${person.id}`, bestExample(person)?.picture),
      toTimeLabel(person.firstMs),
      toTimeLabel(person.lastMs),
      toCount(person.tally.readings),
      toPercent(person.tally.readings / frames),
      toPercent(1 - countSure(person.tally) / person.tally.readings),
      mostFrequent(person, labels),
    ]),
  );
}

function mostFrequent({ tally }: Person, labels: readonly string[]): string {
  const most = Math.max(...tally.shown);
  if (most === 0) return '–';
  return `${labels[tally.shown.indexOf(most)] ?? ''} ${toPercent(most / countSure(tally), 0)}`;
}

function othersSection({ others, unconfirmed }: Recording): Html {
  const folded =
    others.people === 0
      ? NOTHING
      : html`<p>
          ${others.people === 1 ? 'One more person was' : html`${toCount(others.people)} more people were`}
          seen in ${toCount(others.frames)} frames in total. This page describes at most ${MAX_PEOPLE} people
          individually: those who were seen most, and in at least ${toPercent(LEAST_PRESENCE, 0)} of the
          frames with faces. The curve at the top shows how many of the others were seen at the same time. A
          face that was out of sight for too long counts as a new person.
        </p>`;
  const passing =
    unconfirmed === 0
      ? NOTHING
      : html`<p>
          ${unconfirmed === 1 ? 'One detection was' : html`${toCount(unconfirmed)} detections were`} too brief
          to be followed and ${unconfirmed === 1 ? 'is' : 'are'} not counted for any person.
        </p>`;
  return section('Others', folded, passing);
}

function unfinished({ endMs }: Recording): Html {
  return html`<p class="warning">
    The recording was not analysed to its end: it is damaged, or the analysis was interrupted. This page
    covers the time until ${toTimeLabel(endMs)}.
  </p>`;
}

/** `200 ms`, `1.5 s`, `2 min` */
function toInterval(timeMs: number): string {
  const round = (value: number): string => String(Number(value.toPrecision(2)));
  if (timeMs < 1000) return `${round(timeMs)}\u00a0ms`;
  return timeMs < 60_000 ? `${round(timeMs / 1000)}\u00a0s` : `${round(timeMs / 60_000)}\u00a0min`;
}
