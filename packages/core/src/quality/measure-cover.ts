/**
 * Measures whether something covers a face: a mask, a hand, sunglasses, a scarf, a cup.
 *
 *   crop [48, 48] → brightness [16, 16] and edges [2, 8, 8], both relative to the contrast → a network of one hidden layer
 *
 * Trained on FER2013's training pictures and the same with synthetic covers; docs/LOG.md has the figures.
 */
import { COVER_WEIGHTS } from './cover-weights.js';
import { NORMAL_SIDE } from './normalize-crop.js';

const POOL = 3;
const COARSE = NORMAL_SIDE / POOL;
const CELL = 6;
const CELLS = NORMAL_SIDE / CELL;
const FEATURES = COARSE ** 2 + 2 * CELLS ** 2;
const GREY_LEVELS = 255;
/** Added to the contrast, in grey levels, so that noise in a plain crop is not amplified. */
const CONTRAST_FLOOR = 2;
const EDGE_GAIN = 4;

/**
 * @param grey `[48, 48]`, 0…1, of a crop like those of FER2013
 * @returns 0 (free) to 1 (covered)
 */
export function measureCover(grey: Float32Array): number {
  const features = toFeatures(grey);
  const { scales, biases, outputs, outputBias, weights } = COVER_WEIGHTS;
  let logit = outputBias;
  for (let unit = 0; unit < biases.length; unit++) {
    let sum = 0;
    for (let i = 0; i < FEATURES; i++) sum += features[i]! * weights[unit * FEATURES + i]!;
    logit += Math.max(0, sum * scales[unit]! + biases[unit]!) * outputs[unit]!;
  }
  return 1 / (1 + Math.exp(-logit));
}

/** Brightness of the coarse picture, then horizontal and vertical edges of the cells, row by row. */
export function toFeatures(grey: Float32Array): Float32Array {
  const features = new Float32Array(FEATURES);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < COARSE ** 2; i++) {
    const [left, top] = [(i % COARSE) * POOL, Math.floor(i / COARSE) * POOL];
    let total = 0;
    for (let y = top; y < top + POOL; y++) {
      for (let x = left; x < left + POOL; x++) total += grey[y * NORMAL_SIDE + x]!;
    }
    const mean = (total / POOL ** 2) * GREY_LEVELS;
    features[i] = mean;
    sum += mean;
    squares += mean ** 2;
  }
  const mean = sum / COARSE ** 2;
  const contrast = Math.sqrt(Math.max(0, squares / COARSE ** 2 - mean ** 2)) + CONTRAST_FLOOR;
  for (let i = 0; i < COARSE ** 2; i++) features[i] = (features[i]! - mean) / contrast;
  const edges = new Float32Array(2 * CELLS ** 2);
  for (let y = 1; y < NORMAL_SIDE - 1; y++) {
    for (let x = 1; x < NORMAL_SIDE - 1; x++) {
      const at = y * NORMAL_SIDE + x;
      const cell = Math.floor(y / CELL) * CELLS + Math.floor(x / CELL);
      edges[cell]! += Math.abs(grey[at + 1]! - grey[at - 1]!);
      edges[CELLS ** 2 + cell]! += Math.abs(grey[at + NORMAL_SIDE]! - grey[at - NORMAL_SIDE]!);
    }
  }
  const gain = (EDGE_GAIN * GREY_LEVELS) / CELL ** 2 / contrast;
  for (let i = 0; i < edges.length; i++) features[COARSE ** 2 + i] = Math.log1p(edges[i]! * gain) - 1;
  return features;
}
