/** Timelines in words, as text alternatives. */
import type { Person, Recording } from '../timeline/recording.js';
import { countSure } from '../timeline/tally.js';
import { toCounted } from '../words/counted.js';
import { toTimeLabel } from './time-axis.js';

/** Expressions with a smaller part of the sure frames are left out. */
const LEAST_SHARE = 0.05;

/** The name of a followed face; its identity is unknown. */
export function personName(id: number): string {
  return `person ${id}`;
}

/** The name of all other people together. */
export function othersName({ others }: Recording): string {
  return toCounted(others.people, 'other');
}

/** `Timeline of person 1, seen from 0:00 to 3:20: happy in 62 % of the sure frames, neutral in 30 %; 12 % unsure.` */
export function describePerson({ id, tally, firstMs, lastMs }: Person, labels: readonly string[]): string {
  const sure = countSure(tally);
  const shares = tally.shown
    .map((count, label) => ({ label: labels[label] ?? '', share: sure === 0 ? 0 : count / sure }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .map(
      ({ label, share }, rank) =>
        `${label} in ${wholePercent(share)}${rank === 0 ? ' of the sure frames' : ''}`,
    );
  const what = shares.length === 0 ? 'no sure frame' : shares.join(', ');
  const unsure = wholePercent((tally.readings - sure) / tally.readings);
  return `Timeline of ${personName(id)}, seen from ${toTimeLabel(firstMs)} to ${toTimeLabel(lastMs)}: ${what}; ${unsure} unsure.`;
}

/** The number of people and the time span. */
export function describeEveryone({ startMs, endMs, people, others }: Recording): string {
  const count = people.length + others.people;
  const who = count === 1 ? 'one person' : `${count} people`;
  return `Timeline of ${who} from ${toTimeLabel(startMs)} to ${toTimeLabel(endMs)}.`;
}

function wholePercent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
