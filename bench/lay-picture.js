// FER2013's pictures as parts of larger ones, as a detector meets faces.
//
// Each is laid into two frames: around it the detector is shown plain grey (in the streaks of a repeated edge BlazeFace
// misses an eighth of the faces), and the cropper the edge repeated (a crop that reaches beyond the picture then holds
// what networks know from training, and no frame).
// @ts-check
import { FER2013_SIDE as SIDE } from '@mien/train';

/** What a pixel of the picture becomes pixels of the frame: in 48 pixels no detector finds eyes. */
export const ENLARGED = 3;
/** Side of the frame. */
export const FRAME = 2 * SIDE * ENLARGED;

/** Of the cubic convolution, at 256 places from one pixel to the next. */
const WEIGHTS = Array.from({ length: 256 }, (_, index) => {
  const t = (index + 0.5) / 256;
  return [1 + t, t, 1 - t, 2 - t].map((x) =>
    x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2,
  );
});

/**
 * A picture in the middle of a frame twice as wide as it is when enlarged, bicubic.
 *
 * Ref: Keys, "Cubic convolution interpolation for digital image processing", 1981.
 *
 * @param {ArrayLike<number>} picture of FER2013 @param {number} lean in degrees, clockwise
 * @param {'edge' | 'grey'} around what lies around it
 * @returns {import('@mien/core').Frame}
 */
export function layPicture(picture, lean, around) {
  const data = new Uint8ClampedArray(FRAME * FRAME);
  const angle = (lean * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / ENLARGED, Math.sin(angle) / ENLARGED];
  const last = SIDE - 1;
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    picture[Math.min(Math.max(y, 0), last) * SIDE + Math.min(Math.max(x, 0), last)] ?? 0;
  for (let pixel = 0; pixel < data.length; pixel++) {
    const dx = (pixel % FRAME) + 0.5 - FRAME / 2;
    const dy = Math.floor(pixel / FRAME) + 0.5 - FRAME / 2;
    const x = cos * dx + sin * dy + last / 2;
    const y = cos * dy - sin * dx + last / 2;
    if (around === 'grey' && (Math.abs(x - last / 2) > SIDE / 2 || Math.abs(y - last / 2) > SIDE / 2)) {
      data[pixel] = 128;
      continue;
    }
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const across = weightsAt(x - left);
    const down = weightsAt(y - top);
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      let line = 0;
      for (let i = 0; i < 4; i++) line += (across[i] ?? 0) * at(left + i - 1, top + j - 1);
      sum += (down[j] ?? 0) * line;
    }
    data[pixel] = sum;
  }
  return { width: FRAME, height: FRAME, channels: 1, data };
}

/** Of the pixel before, the one here, and the two after it. @param {number} part of the way to the next pixel */
function weightsAt(part) {
  return WEIGHTS[Math.floor(part * WEIGHTS.length)] ?? [];
}
