import type { AnalyzeRequest } from './analyze-sources.js';
import { toTickLabel } from '../charts/time-axis.js';

const DEFAULT_REACT_MS = 300;

/** What a report says of how it was made: only what was asked for, and what has an influence anyway. */
export function describeSettings(request: AnalyzeRequest): [name: string, value: string][] {
  const { every, from, to, react = DEFAULT_REACT_MS, scaleFactor, minNeighbors } = request;
  const facts: [string, string | undefined][] = [
    ['moments of videos', every === undefined ? 'every frame' : `one every ${every} ms`],
    ['from', from === undefined ? undefined : toTickLabel(from)],
    ['to', to === undefined ? undefined : toTickLabel(to)],
    ['a change is shown within', `${react} ms`],
    ['scale factor', scaleFactor?.toString()],
    ['min. neighbours', minNeighbors?.toString()],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
