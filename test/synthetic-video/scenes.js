// Scenes: what happens to faces in front of a camera. Tests hold limits on them, and bench/following.js prints the results.
// @ts-check
import { handHeld } from './synthetic-video.js';

/**
 * @typedef {import('./synthetic-video.js').Scene} Scene
 * @typedef {import('./synthetic-video.js').Place} Place
 * @typedef {import('./synthetic-video.js').Sprite} Sprite
 *
 * @typedef {object} Take
 * @property {number} seconds
 * @property {Scene} scene
 * @property {number} [jpegQuality]  1…100; by default frames are not compressed
 *
 * @typedef {'moving' | 'coming closer' | 'shaking the head' | 'three of them' | 'crossing' | 'passing behind'
 *   | 'passing behind in a hurry' | 'meeting and going back' | 'crossing to and fro' | 'hidden for 0.9 s'
 *   | 'hidden while another passes' | 'hand-held' | 'compressed' | 'dusk' | 'somebody else comes' | 'away for 1.5 s'
 *   | 'out by the side and back' | 'expressions' | 'nobody'} SceneName
 */

const SIZE = { width: 400, height: 240 };
/** How long an expression is held, in milliseconds. */
const HOLD_MS = 1400;

/** @param {import('./sprites.js').Cast} cast @returns {Record<SceneName, Take>} */
export function createScenes({ people: [first, second, third], expressions }) {
  /** Somebody who shows one thing. @param {Sprite} sprite @param {(seconds: number) => Place | undefined} course */
  const actor = (sprite, course) => ({
    course: (/** @type {number} */ ms) => course(ms / 1000),
    shows: [{ fromMs: 0, sprite }],
  });
  /** @param {number} seconds @param {Scene['actors']} actors @param {Partial<Scene>} [more] @returns {Take} */
  const take = (seconds, actors, more) => ({ seconds, scene: { ...SIZE, actors, ...more } });
  /** Those who are away for a while. @param {[from: number, to: number]} gap @param {(s: number) => Place} course */
  const except =
    ([from, to], course) =>
    (/** @type {number} */ s) =>
      s > from && s < to ? undefined : course(s);

  const left = actor(first, () => ({ x: 120, y: 120 }));
  const right = actor(second, () => ({ x: 290, y: 110 }));
  const { sin, cos, PI, abs } = Math;
  return {
    moving: take(2, [
      actor(first, (s) => ({ x: 70 + 60 * s, y: 110 + 30 * sin(3 * s) })),
      actor(second, (s) => ({ x: 330, y: 120 + 30 * sin(4 * s) })),
    ]),
    'coming closer': take(2, [actor(first, (s) => ({ x: 120 + 50 * s, y: 120, size: 40 * 1.6 ** s }))]),
    'shaking the head': take(2, [
      actor(first, (s) => ({ x: 200 + 40 * sin(12 * s), y: 120 + 12 * sin(7 * s) })),
    ]),
    'three of them': take(2, [
      actor(third, (s) => ({ x: 65 + 10 * sin(2 * s), y: 90, size: 50 })),
      actor(first, (s) => ({ x: 200 + 12 * sin(3 * s), y: 140, size: 60 })),
      actor(second, (s) => ({ x: 330, y: 95 + 12 * sin(2.5 * s), size: 52 })),
    ]),

    // Later actors cover earlier ones: from here on the second one covers the first.
    crossing: take(3, [
      actor(first, (s) => ({ x: 60 + 90 * s, y: 100 })),
      actor(second, (s) => ({ x: 340 - 90 * s, y: 140 })),
    ]),
    'passing behind': take(3, [
      actor(first, (s) => ({ x: 60 + 90 * s, y: 120 })),
      actor(second, (s) => ({ x: 340 - 90 * s, y: 122 })),
    ]),
    'passing behind in a hurry': take(1.7, [
      actor(first, (s) => ({ x: 60 + 200 * s, y: 118 })),
      actor(second, (s) => ({ x: 340 - 100 * s, y: 122 })),
    ]),
    'meeting and going back': take(3, [
      actor(first, (s) => ({ x: 90 + 70 * sin((s * PI) / 3), y: 118 })),
      actor(second, (s) => ({ x: 310 - 70 * sin((s * PI) / 3), y: 122 })),
    ]),
    'crossing to and fro': take(3.2, [
      actor(first, (s) => ({ x: 200 - 130 * cos(2 * s), y: 105 })),
      actor(second, (s) => ({ x: 200 + 130 * cos(2 * s), y: 135 })),
    ]),
    'hidden for 0.9 s': take(2.4, [
      actor(
        first,
        except([0.6, 1.5], (s) => ({ x: 80 + 50 * s, y: 120 })),
      ),
      actor(
        second,
        except([0.8, 1.7], () => ({ x: 320, y: 120 })),
      ),
    ]),
    'hidden while another passes': take(2.2, [
      actor(
        first,
        except([0.6, 1.3], () => ({ x: 200, y: 120 })),
      ),
      actor(second, (s) => ({ x: 20 + 200 * s, y: 124 })),
    ]),

    'hand-held': take(2, [left, right], { shake: handHeld(14), noise: 6 }),
    compressed: { ...take(2, [left, right], { shake: handHeld(8), noise: 3 }), jpegQuality: 30 },
    dusk: take(2.4, [left], { light: (ms) => (ms > 800 && ms < 1600 ? 0.12 : 1), noise: 2 }),
    'somebody else comes': take(2, [left, actor(second, (s) => (s < 1.01 ? undefined : { x: 300, y: 120 }))]),
    'away for 1.5 s': take(2.8, [
      actor(
        first,
        except([0.8, 2.3], () => ({ x: 200, y: 120 })),
      ),
    ]),
    'out by the side and back': take(4, [
      actor(first, (s) => ({ x: 200 + 270 * (1 - abs(s - 2) / 2), y: 120 })),
      actor(second, () => ({ x: 80, y: 120 })),
    ]),
    expressions: take((4 * HOLD_MS) / 1000, [
      {
        course: (ms) => ({ x: 190 + 15 * sin(ms / 500), y: 120 }),
        shows: [0, 1, 2, 3].map((index) => ({
          fromMs: index * HOLD_MS,
          sprite: expressions[index % expressions.length] ?? expressions[0],
        })),
      },
    ]),
    nobody: take(2, [], { shake: handHeld(14), noise: 8 }),
  };
}
