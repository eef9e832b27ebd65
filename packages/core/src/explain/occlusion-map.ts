/**
 * Which parts of a face a result depends on: each part is covered in turn, and the probability of the expression is
 * measured again. It works for any network, because it only needs predictions.
 *
 * Ref: Zeiler and Fergus, “Visualizing and Understanding Convolutional Networks”, 2014, section 4.2. They cover with grey;
 * here the mean of the crop is used, so that a dark face is not covered by a bright square.
 */
import type { InputContract } from '../model/input-contract.js';
import type { AsyncPredictor } from '../model/model.js';
import type { LayerGrid } from './layer-grid.js';

/** Parts along each side. */
export const OCCLUSION_GRID = 12;
/** A cover is this many parts wide, centred on its part: covers as small as one part change little. */
const COVER_PARTS = 2.5;

export interface OcclusionMap {
  /** `[grid, grid]`, row by row: by how much the probability falls when that part is covered; negative where it rises. */
  readonly falls: Float32Array;
  /** The network's output for the crop itself, `[labels]`. */
  readonly outputs: Float32Array;
}

/** Where the parts lie in the crop. */
export function occlusionGrid({ height, width }: Pick<InputContract, 'height' | 'width'>): LayerGrid {
  const axis = (pixels: number) => {
    const step = pixels / OCCLUSION_GRID;
    return { length: OCCLUSION_GRID, offset: (step - 1) / 2, step };
  };
  return { rows: axis(height), columns: axis(width) };
}

/**
 * @param samples float32 `[height, width, channels]` in the input's range
 * @param label index of the output
 */
export async function createOcclusionMap(
  predictor: AsyncPredictor,
  samples: Float32Array,
  input: Pick<InputContract, 'height' | 'width' | 'channels'>,
  label: number,
): Promise<OcclusionMap> {
  const plain = await predictor.predict(samples, 1);
  const { length: labels, [label]: probability = 0 } = plain;
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const falls = new Float32Array(OCCLUSION_GRID ** 2);
  const batch = new Float32Array(OCCLUSION_GRID * samples.length);
  for (let row = 0; row < OCCLUSION_GRID; row++) {
    for (let column = 0; column < OCCLUSION_GRID; column++) {
      const covered = batch.subarray(column * samples.length, (column + 1) * samples.length);
      covered.set(samples);
      cover(covered, { row, column, mean }, input);
    }
    const outputs = await predictor.predict(batch, OCCLUSION_GRID);
    for (let column = 0; column < OCCLUSION_GRID; column++) {
      falls[row * OCCLUSION_GRID + column] = probability - (outputs[column * labels + label] ?? 0);
    }
  }
  return { falls, outputs: plain };
}

function cover(
  samples: Float32Array,
  { row, column, mean }: { row: number; column: number; mean: number },
  { height, width, channels }: Pick<InputContract, 'height' | 'width' | 'channels'>,
): void {
  const [top, bottom] = toSpan(row, height);
  const [left, right] = toSpan(column, width);
  for (let y = top; y < bottom; y++) {
    samples.fill(mean, (y * width + left) * channels, (y * width + right) * channels);
  }
}

/** Pixels of a cover along one side. */
function toSpan(part: number, length: number): [from: number, to: number] {
  const size = length / OCCLUSION_GRID;
  const middle = (part + 0.5) * size;
  const half = (COVER_PARTS * size) / 2;
  return [Math.max(0, Math.round(middle - half)), Math.min(length, Math.round(middle + half))];
}
