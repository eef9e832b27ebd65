/** Shares of each expression, and of unsure readings by reason: of one person, or of all faces. */
import { colourOf } from '../charts/timeline-panels.js';
import type { Tally } from '../timeline/recording.js';
import { countSure, UNSURE_WORDS } from '../timeline/tally.js';
import { toCount, toPercent } from './figures.js';
import { html, type Html } from './html.js';
import { partBar } from './part-bar.js';
import { dataTable } from './section.js';

/** The unit of the counts: frames of a recording, or faces in pictures. */
export type Counted = 'frames' | 'faces';

const BAR_WIDTH = 120;

/**
 * Two tables side by side.
 *
 * @param whose before the names of their scrolling regions, which differ from person to person
 */
export function expressionShares(
  tally: Tally,
  labels: readonly string[],
  counted: Counted,
  whose = '',
): Html {
  return html`<div class="beside">
    ${sureTable(tally, labels, counted, whose)}${unsureTable(tally, counted, whose)}
  </div>`;
}

function sureTable(tally: Tally, labels: readonly string[], counted: Counted, whose: string): Html {
  const sure = countSure(tally);
  const columns = [
    { name: 'expression', kind: 'name' },
    { name: 'share', kind: 'figure' },
    { name: counted, kind: 'figure' },
  ] as const;
  return dataTable(
    `Expressions, of the ${toCount(sure)} sure ${counted}`,
    columns,
    labels.map((label, index) => {
      const count = tally.shown[index] ?? 0;
      return [label, withBar(count / sure, index), toCount(count)];
    }),
    whose,
  );
}

function unsureTable({ readings, unsure }: Tally, counted: Counted, whose: string): Html {
  const total = [...unsure.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return html`<p>None of the ${counted} is unsure.</p>`;
  const rows = Object.entries(UNSURE_WORDS).flatMap(([reason, words]) => {
    const count = unsure.get(reason as keyof typeof UNSURE_WORDS) ?? 0;
    return count === 0 ? [] : [[words, toPercent(count / readings), toCount(count)]];
  });
  return dataTable(
    `Unsure: ${toPercent(total / readings)} of all ${toCount(readings)} ${counted}`,
    [
      { name: 'reason', kind: 'name' },
      { name: 'of all', kind: 'figure' },
      { name: counted, kind: 'figure' },
    ],
    rows,
    whose,
  );
}

function withBar(part: number, label: number): Html {
  return partBar(toPercent(part), part, BAR_WIDTH, `fill series-${colourOf(label)}`);
}
