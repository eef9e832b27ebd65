/**
 * Splits by person, for collections without published splits: no person is in two splits, so that scores are for new faces.
 *
 * People are ordered by a hash of their names, which is independent of sex, session and alphabet and the same on every
 * machine; the first 70 % are for training, the next 15 % for validation, the rest for testing (at least one person each).
 * One or two people stay in the training split.
 */
import { createHash } from 'node:crypto';

/** Names of splits of picture collections, whatever their folders are called; the first is the training split. */
export const PICTURE_SPLITS = ['train', 'validation', 'test'] as const;
export type PictureSplit = (typeof PICTURE_SPLITS)[number];

const HELD_OUT_SHARE = 0.15;

/** The split of each person. */
export function splitByPerson(people: ReadonlySet<string>): Map<string, PictureSplit> {
  const ordered = [...people].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  const heldOut =
    people.size < PICTURE_SPLITS.length ? 0 : Math.max(1, Math.round(people.size * HELD_OUT_SHARE));
  const splitAt = (place: number): PictureSplit => {
    if (place >= ordered.length - heldOut) return 'test';
    return place >= ordered.length - 2 * heldOut ? 'validation' : 'train';
  };
  return new Map(ordered.map((person, place) => [person, splitAt(place)]));
}

/** SHA-256 in hexadecimal. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
