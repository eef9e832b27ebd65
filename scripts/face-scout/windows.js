// Windows of faces and of backgrounds in grey, as the stages of the face scout see them.
// @ts-check

/** @typedef {import('./pictures.js').Grey} Grey @typedef {import('./pictures.js').Picture} Picture */
/** @typedef {import('@mien/train').Random} Random */

/** Where the box of the face lies in FER2013's pictures of 48 pixels, as BlazeFace would draw it. */
export const FACE = { side: 41, x: 24, y: 26 };

/**
 * Writes a window around a point.
 *
 * @param {Picture} picture
 * @param {{ x: number, y: number, step: number, angleRad?: number, flipped?: boolean }} place  in pixels of the first level;
 *   `step` is the distance of the window's pixels
 * @param {number} side of the window
 * @param {Float32Array} to @param {number} at
 */
export function cutWindow({ levels }, { x, y, step, angleRad = 0, flipped = false }, side, to, at) {
  const index = Math.max(0, Math.min(levels.length - 1, Math.floor(Math.log2(step * 1.15))));
  const scale = 2 ** index;
  const { width, height, data } = /** @type {Grey} */ (levels[index]);
  const [cos, sin] = [Math.cos(angleRad) * (step / scale), Math.sin(angleRad) * (step / scale)];
  const [centreX, centreY, middle] = [(x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, (side - 1) / 2];
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const [dx, dy] = [flipped ? middle - i : i - middle, j - middle];
      const px = Math.max(0, Math.min(width - 1.001, centreX + dx * cos - dy * sin));
      const py = Math.max(0, Math.min(height - 1.001, centreY + dx * sin + dy * cos));
      const [left, top] = [Math.floor(px), Math.floor(py)];
      const [right, below, corner] = [px - left, py - top, top * width + left];
      const above = (data[corner] ?? 0) * (1 - right) + (data[corner + 1] ?? 0) * right;
      const under = (data[corner + width] ?? 0) * (1 - right) + (data[corner + width + 1] ?? 0) * right;
      to[at + j * side + i] = above * (1 - below) + under * below;
    }
  }
}

/** Other light, contrast and noise. @param {Random} random @param {Float32Array} window changed */
export function varyLight(random, window) {
  const [gain, offset] = [Math.exp(between(random, -1, 0.25)), between(random, -0.25, 0.25)];
  const noise = random.uniform() < 0.5 ? between(random, 0, 0.04) : 0;
  for (const [i, value] of window.entries()) {
    const varied =
      (value - 0.5) * gain + 0.5 + offset + noise * (random.uniform() + random.uniform() - 1) * 2;
    window[i] = Math.max(0, Math.min(1, varied));
  }
}

/** @param {Random} random @param {number} low @param {number} high */
export const between = (random, low, high) => low + random.uniform() * (high - low);

/** @template T @param {Random} random @param {readonly T[]} items @returns {T} */
export const pick = (random, items) => /** @type {T} */ (items[Math.floor(random.uniform() * items.length)]);
