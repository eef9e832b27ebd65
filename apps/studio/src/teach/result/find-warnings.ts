/** Where the figures of a network mean little, in words. */
import { expressionName } from '../../words/words.js';
import type { LabelCounts } from '../training/training.js';
import { teachWords } from '../words/words.js';

/** With fewer, a figure has an error of more than some ten points. */
const MEANINGFUL_HELD_OUT = 100;
const ENOUGH_PICTURES = 50;
const UNEVEN = 5;

export function findWarnings({ labels, isOfCamera }: LabelCounts, heldOutCount: number): readonly string[] {
  const { result } = teachWords.value;
  const filled = labels.filter(({ count }) => count > 0).toSorted((a, b) => a.count - b.count);
  const [least, most] = [filled[0], filled.at(-1)];
  const isUneven = least !== undefined && most !== undefined && most.count > UNEVEN * least.count;
  const namesOf = (some: typeof labels): string => some.map(({ name }) => expressionName(name)).join(', ');
  const missing = labels.filter(({ count }) => count === 0);
  const few = filled.filter(({ count }) => count < ENOUGH_PICTURES);
  return [
    ...(heldOutCount < MEANINGFUL_HELD_OUT
      ? [result.fewHeldOut(heldOutCount, (100 / heldOutCount).toFixed(1))]
      : []),
    ...(few.length > 0 ? [result.fewPictures(namesOf(few), ENOUGH_PICTURES)] : []),
    ...(missing.length > 0 ? [result.missing(namesOf(missing))] : []),
    ...(isUneven ? [result.uneven(expressionName(most.name), expressionName(least.name))] : []),
    ...(isOfCamera ? [result.camera] : []),
  ];
}
