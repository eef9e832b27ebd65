/** The report of one recording: who showed what when, how much of it is sure, and what it was made with. */
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
import { html, Html, NOTHING } from './html.js';
import { personSection } from './person-section.js';
import { renderPage } from './render-page.js';
import type { Fact } from './report.js';
import { dataTable, section } from './section.js';
import { createPageStyle, timelineFigure, UNSURE_DEFINITION } from './timeline-figure.js';

export interface RecordingReport {
  /** What the recording is called. */
  readonly name: string;
  readonly recording: Recording;
  /** Whether the recording was read to its end. */
  readonly isWhole: boolean;
  /** How the analysis was set, and what it was made with. */
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
    subtitle: `A person is a face that was followed: a number for as long as that was possible, without a name.${hasPictures ? ` ${PICTURES_NOTE}` : ''}`,
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
  const { startMs, endMs, moments, momentsWithFaces, people, others } = recording;
  const all = people.reduce((sum, { tally }) => sum + tally.moments, 0);
  const sure = people.reduce((sum, { tally }) => sum + countSure(tally), 0);
  const timeMs = endMs - startMs;
  return [
    ['looked at', timeMs < 10_000 ? toTimeLabel(timeMs) : toClock(timeMs / 1000), 'of the recording'],
    ['moments', toCount(moments), `one every ${toInterval(timeMs / moments)}`],
    ['with a face', toPercent(momentsWithFaces / moments), `${toCount(momentsWithFaces)} moments`],
    ['people', toCount(people.length + others.people), 'faces that were followed'],
    ['unsure', toPercent((all - sure) / all), 'of their moments'],
  ];
}

function everyoneSection(recording: Recording, style: PanelStyle): Html {
  const { labels, people, others, startMs, endMs } = recording;
  if (people.length === 0) {
    return section('Everyone', html`<p>Nobody was found in ${toCount(recording.moments)} moments.</p>`);
  }
  const crowd = others.people === 0 ? [] : [crowdPanel(othersName(recording), others.columns, style)];
  return section(
    people.length + others.people === 1 ? 'The whole time' : 'Everyone',
    html`${legend(labels)}
      ${timelineFigure(
        describeEveryone(recording),
        [
          ...people.map(({ id, steadied }) => stripPanel(personName(id), steadied, recording, style)),
          ...crowd,
        ],
        recording,
        style,
      )}
      <p class="note">
        Each column stands for ${toInterval((endMs - startMs) / COLUMNS)}: what is shown is what was shown for
        the longest in it, a probability is the mean over it, steadied over time. Below, the rows of a person
        are filled up to the probability of each expression, all the way at 100&nbsp;%.
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

function totals({ people, labels, moments }: Recording): Html {
  return dataTable(
    'Everyone in figures',
    [
      { name: 'person', kind: 'name' },
      { name: 'first seen', kind: 'figure' },
      { name: 'last seen', kind: 'figure' },
      { name: 'moments', kind: 'figure' },
      { name: 'of all', kind: 'figure' },
      { name: 'unsure', kind: 'figure' },
      { name: 'shown most, of the sure ones', kind: 'name' },
    ],
    people.map((person) => [
      String(person.id),
      toTimeLabel(person.firstMs),
      toTimeLabel(person.lastMs),
      toCount(person.tally.moments),
      toPercent(person.tally.moments / moments),
      toPercent(1 - countSure(person.tally) / person.tally.moments),
      shownMost(person, labels),
    ]),
  );
}

function shownMost({ tally }: Person, labels: readonly string[]): string {
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
          seen in ${toCount(others.moments)} moments altogether. Told of one by one are at most ${MAX_PEOPLE},
          those seen most, and nobody seen in less than ${toPercent(LEAST_PRESENCE, 0)} of the moments with a
          face; above, the curve of the others is how many of them were seen at the same time. A face that is
          lost for too long is found again as another person.
        </p>`;
  const passing =
    unconfirmed === 0
      ? NOTHING
      : html`<p>
          ${unconfirmed === 1 ? 'One find was' : html`${toCount(unconfirmed)} finds were`} too short to be
          followed and ${unconfirmed === 1 ? 'is' : 'are'} counted with nobody.
        </p>`;
  return section('Others', folded, passing);
}

function unfinished({ endMs }: Recording): Html {
  return html`<p class="warning">
    The recording was not read to its end: it is damaged, or the work was interrupted. This page tells of what
    was seen until ${toTimeLabel(endMs)}.
  </p>`;
}

/** `200 ms`, `1.5 s`, `2 min` */
function toInterval(timeMs: number): string {
  const round = (value: number): string => String(Number(value.toPrecision(2)));
  if (timeMs < 1000) return `${round(timeMs)}\u00a0ms`;
  return timeMs < 60_000 ? `${round(timeMs / 1000)}\u00a0s` : `${round(timeMs / 60_000)}\u00a0min`;
}
