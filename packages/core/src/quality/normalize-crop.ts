/**
 * Converts a model's input to a grey picture of a fixed size, so that quality measures mean the same for every model. The
 * frame itself is not needed again.
 */
import type { InputContract } from '../model/input-contract.js';

/** Side in pixels; that of the model that ships with Mien. */
export const NORMAL_SIDE = 48;

/** Luma of RGB. Ref: ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * @param crop float32 `[height, width, channels]` in the input's range
 * @returns `[48, 48]`, 0 (black) … 1 (white): the mean over the area of each pixel
 */
export function normalizeCrop(
  crop: Float32Array,
  { width, height, channels, range }: InputContract,
): Float32Array {
  const [low, high] = range;
  const grey = new Float32Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const first = pixel * channels;
    const luma =
      channels === 1
        ? crop[first]!
        : LUMA[0] * crop[first]! + LUMA[1] * crop[first + 1]! + LUMA[2] * crop[first + 2]!;
    grey[pixel] = (luma - low) / (high - low);
  }
  if (width === NORMAL_SIDE && height === NORMAL_SIDE) return grey;
  // Along rows, then along columns: [height, width] → [height, 48] → [48, 48].
  const rows = resampleLines(grey, { lines: height, length: width, lineStep: width, step: 1 });
  return transpose(
    resampleLines(rows, { lines: NORMAL_SIDE, length: height, lineStep: 1, step: NORMAL_SIDE }),
  );
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** Distance between the starts of two lines, and between two samples of a line. */
  readonly lineStep: number;
  readonly step: number;
}

/** Resamples every line to 48 means over equal parts of it, `[lines, 48]`. */
function resampleLines(source: Float32Array, { lines, length, lineStep, step }: Lines): Float32Array {
  const target = new Float32Array(lines * NORMAL_SIDE);
  const part = length / NORMAL_SIDE;
  for (let at = 0; at < NORMAL_SIDE; at++) {
    const [begin, end] = [at * part, (at + 1) * part];
    for (let sample = Math.floor(begin); sample < Math.min(Math.ceil(end), length); sample++) {
      const share = (Math.min(sample + 1, end) - Math.max(sample, begin)) / part;
      for (let line = 0; line < lines; line++) {
        target[line * NORMAL_SIDE + at]! += share * source[line * lineStep + sample * step]!;
      }
    }
  }
  return target;
}

function transpose(square: Float32Array): Float32Array {
  return square.map((_, i) => square[(i % NORMAL_SIDE) * NORMAL_SIDE + Math.floor(i / NORMAL_SIDE)]!);
}
