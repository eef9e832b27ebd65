/** Counts readings of faces. */
import type { Face } from '@mien/core';
import { shownReading } from '../frame-result.js';
import type { Tally, UnsureReason } from './recording.js';

/** Reasons in words, in the order of listing. */
export const UNSURE_WORDS: Readonly<Record<UnsureReason, string>> = {
  margin: 'no expression clearly ahead',
  small: 'face too small',
  blurred: 'face blurred',
  dark: 'face too dark',
  bright: 'face too bright',
  turned: 'face turned away',
  covered: 'face covered',
  cutOff: 'face cut off by the edge',
  notAFace: 'perhaps not a face',
};

/** Why a reading is unsure; `undefined` if it is not. */
export function unsureReasonOf({ unsure, quality }: Face): UnsureReason | undefined {
  if (!unsure) return undefined;
  return quality.verdict === 'good' ? 'margin' : quality.verdict;
}

export class Tallier implements Tally {
  readings = 0;
  readonly shown: number[];
  readonly unsure = new Map<UnsureReason, number>();
  readonly #labels: readonly string[];

  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.shown = labels.map(() => 0);
  }

  add(face: Face): void {
    this.readings++;
    const reason = unsureReasonOf(face);
    if (reason !== undefined) {
      this.unsure.set(reason, (this.unsure.get(reason) ?? 0) + 1);
      return;
    }
    const label = this.#labels.indexOf(shownReading(face).expression);
    if (label >= 0) this.shown[label]! += 1;
  }
}

/** Number of sure readings. */
export function countSure({ shown }: Tally): number {
  return shown.reduce((sum, count) => sum + count, 0);
}
