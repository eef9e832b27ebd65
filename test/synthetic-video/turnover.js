// An endless scene: people come, stay for half a second and leave, one after the other.
// @ts-check
import { createSyntheticVideo } from './synthetic-video.js';

/** One comes every 2 s and stays for half a second. The gap between two is longer than a lost face is kept. */
export const PERSON_EVERY_MS = 2000;
const STAY_MS = 500;
export const FRAMES_PER_SECOND = 10;

/** @param {readonly import('./synthetic-video.js').Sprite[]} people  who take turns */
export function createTurnover(people) {
  const place = (/** @type {number} */ ms) =>
    ms < STAY_MS ? { x: 52 + ms / 25, y: 52, size: 46 } : undefined;
  const videos = people.map((sprite) =>
    createSyntheticVideo({
      width: 120,
      height: 104,
      actors: [{ course: place, shows: [{ fromMs: 0, sprite }] }],
    }),
  );
  // The scene repeats: each frame is drawn once.
  const perPerson = (PERSON_EVERY_MS / 1000) * FRAMES_PER_SECOND;
  const frames = videos.flatMap(({ frameAt }) =>
    Array.from({ length: perPerson }, (_, index) => frameAt((1000 * index) / FRAMES_PER_SECOND).frame),
  );
  /** @param {number} index  of the frame @returns {[frame: import('@mien/core').Frame, timestampMs: number]} */
  return (index) => {
    const frame = frames[index % frames.length];
    if (frame === undefined) throw new Error('turnover: nobody takes turns');
    return [frame, (1000 * index) / FRAMES_PER_SECOND];
  };
}
