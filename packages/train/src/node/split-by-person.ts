/**
 * Splits by person, for collections that publish none: nobody is in two splits, so that a figure is about new faces.
 *
 * People are ordered by a hash of their names, which has nothing to do with sex, session or alphabet and is the same
 * everywhere; the first 70 % are trained on, the next 15 % validate, the rest test (at least one person each). One or
 * two people cannot be split so: they stay together.
 */
import { createHash } from 'node:crypto';

/** What the splits of pictures are called, whatever their folders are; the first is trained on. */
export const PICTURE_SPLITS = ['train', 'validation', 'test'] as const;
export type PictureSplit = (typeof PICTURE_SPLITS)[number];

const HELD_BACK_PART = 0.15;

/** The split of each person. */
export function splitByPerson(people: ReadonlySet<string>): Map<string, PictureSplit> {
  const ordered = [...people].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  const heldBack =
    people.size < PICTURE_SPLITS.length ? 0 : Math.max(1, Math.round(people.size * HELD_BACK_PART));
  const splitAt = (place: number): PictureSplit => {
    if (place >= ordered.length - heldBack) return 'test';
    return place >= ordered.length - 2 * heldBack ? 'validation' : 'train';
  };
  return new Map(ordered.map((person, place) => [person, splitAt(place)]));
}

/** A number that says nothing about the text, as hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
