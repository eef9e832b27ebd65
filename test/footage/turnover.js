// A long day in front of a camera: people come, stay for a moment and go, one after the other, for as long as one likes.
// @ts-check
import { createFootage } from './made-up-footage.js';

/** One comes every 2 s and stays for half a second: for longer than is waited, nobody is there. */
export const PERSON_EVERY_MS = 2000;
const STAY_MS = 500;
/** Moments a second. */
export const MOMENTS_A_SECOND = 10;

/** @param {readonly import('./made-up-footage.js').Sprite[]} people  who take turns */
export function createTurnover(people) {
  const place = (/** @type {number} */ ms) =>
    ms < STAY_MS ? { x: 52 + ms / 25, y: 52, size: 46 } : undefined;
  const footages = people.map((sprite) =>
    createFootage({ width: 120, height: 104, actors: [{ course: place, shows: [{ fromMs: 0, sprite }] }] }),
  );
  // Everything repeats itself: each frame is drawn once.
  const perPerson = (PERSON_EVERY_MS / 1000) * MOMENTS_A_SECOND;
  const frames = footages.flatMap(({ momentAt }) =>
    Array.from({ length: perPerson }, (_, index) => momentAt((1000 * index) / MOMENTS_A_SECOND).frame),
  );
  /** @param {number} index  of the moment @returns {[frame: import('@mien/core').Frame, timestampMs: number]} */
  return (index) => {
    const frame = frames[index % frames.length];
    if (frame === undefined) throw new Error('turnover: nobody takes turns');
    return [frame, (1000 * index) / MOMENTS_A_SECOND];
  };
}
