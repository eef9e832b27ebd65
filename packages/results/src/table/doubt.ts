import type { Face } from '@mien/core';
import { shownReading } from '../frame-result.js';
import { UNSURE_WORDS, unsureReasonOf } from '../timeline/tally.js';

/** Why the reading of a face is unsure, for people; `undefined` if it is not. */
export function describeDoubt(face: Face): string | undefined {
  const reason = unsureReasonOf(face);
  if (reason === undefined) return undefined;
  return `unsure: ${reason === 'margin' ? describeLead(shownReading(face)) : UNSURE_WORDS[reason]}`;
}

/** The lead, which is below the model's `minMargin`. Cut off, not rounded: it must not read as that limit. */
function describeLead({ probabilities, expression }: Pick<Face, 'probabilities' | 'expression'>): string {
  const others = Object.entries(probabilities).filter(([label]) => label !== expression);
  const [second, next] = others.reduce((top, other) => (other[1] > top[1] ? other : top), ['', 0]);
  const points = ((probabilities[expression] ?? 0) - next) * 100;
  return `${expression} leads ${second} by only ${(Math.floor(points * 10) / 10).toFixed(1)} points`;
}
