// Embeds FER2013's pictures in larger frames, which detectors need.
//
// There are two kinds of frames. For the detector, the surroundings are grey: in repeated edge pixels BlazeFace misses an eighth
// of the faces. For the cropper, they repeat the edge: a crop beyond the picture then looks as in training, without a border.
// @ts-check
import { FER2013_SIDE as SIDE } from '@mien/train';

/** Scale of the picture in the frame: in 48 pixels no detector finds eyes. */
export const ENLARGED = 3;
/** Side of the frame. */
export const FRAME = 2 * SIDE * ENLARGED;

/** Weights of the cubic convolution at 256 positions between two pixels. */
const WEIGHTS = Array.from({ length: 256 }, (_, index) => {
  const t = (index + 0.5) / 256;
  return [1 + t, t, 1 - t, 2 - t].map((x) =>
    x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2,
  );
});

/**
 * Draws an enlarged picture into the middle of a frame of twice its size, with bicubic interpolation.
 *
 * Ref: Keys, "Cubic convolution interpolation for digital image processing", 1981.
 *
 * @param {ArrayLike<number>} picture of FER2013 @param {number} lean in degrees, clockwise
 * @param {'edge' | 'grey'} around surroundings
 * @returns {import('@mien/core').Frame}
 */
export function embedPicture(picture, lean, around) {
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

/** Weights of the previous pixel, this one and the next two. @param {number} part of the distance to the next pixel */
function weightsAt(part) {
  return WEIGHTS[Math.floor(part * WEIGHTS.length)] ?? [];
}
