/**
 * Rows of a dataset as network inputs: bytes to float32 in the input range, resized, with or without augmentation.
 *
 * A separate, small kernel instance does the work: a batch of 32 takes a fraction of a millisecond, and about two
 * milliseconds with all effects on every picture (picture-effects.ts).
 *
 * Networks with colour input get the grey value in all three channels.
 */
import { MienError } from '@mien/core';
import { createKernels } from '@mien/core/nn';
import { drawDistortion, toAffineMatrix } from '../augment/affine.js';
import type { Augmentation } from '../augment/augmentation.js';
import { createPictureEffects, drawChanges } from '../augment/picture-effects.js';
import type { Random } from '../random.js';
import { imageOf, type Dataset } from './dataset.js';

/** A network's input: `[height, width, channels]`, and the values of grey 0 and grey 255. */
export interface NetworkInput {
  readonly inputShape: readonly number[];
  readonly inputRange: readonly [low: number, high: number];
}

export interface BatchInputs {
  /**
   * The pictures without augmentation, resized to the network's input: bilinear between half-pixel centres when
   * enlarging (as cv2.resize), with a triangle filter when shrinking. Resized values are rounded to integers, as they
   * are in an image file and in other tools. This matters for checkpoints trained on such pictures: the paper's
   * `102-0.66` scores 65.4 % on PublicTest with rounding and 65.2 % without (65.5 % with OpenCV, whose values sometimes
   * differ by one).
   *
   * @returns `[rows, height, width, channels]`, a view that the next call overwrites
   */
  plain(rows: Uint32Array): Float32Array;
  /**
   * The pictures with augmentation, drawn from `random` forked by row: the same row in the same epoch is always the
   * same, in any batch.
   *
   * @param random the epoch's generator ({@link randomOfEpoch})
   * @returns `[rows, height, width, channels]`, a view that the next call overwrites
   */
  augmented(rows: Uint32Array, augmentation: Augmentation, random: Random): Float32Array;
}

const MATRIX_LENGTH = 6;

/**
 * @param maxBatch largest number of rows in one call
 * @throws MienError `UNSUPPORTED` when the network reads neither grey pictures nor three channels
 */
export async function createBatchInputs(
  dataset: Dataset,
  { inputShape, inputRange }: NetworkInput,
  maxBatch: number,
): Promise<BatchInputs> {
  const [height = 0, width = 0, channels = 0] = inputShape;
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new MienError(
      'UNSUPPORTED',
      `data: the pictures are grey and the network reads [${inputShape.join(', ')}]; expected [height, width, 1], or 3 for colour`,
    );
  }
  const scale = (inputRange[1] - inputRange[0]) / 255;
  const offset = inputRange[0];
  const from = { width: dataset.width, height: dataset.height };
  const to = { width, height };
  const sourceSize = from.width * from.height;
  const inputSize = width * height;

  const kernels = await createKernels();
  const sources = kernels.allocate(maxBatch * sourceSize);
  const matrices = kernels.allocate(maxBatch * MATRIX_LENGTH * 4);
  const inputs = kernels.allocate(maxBatch * inputSize * 4);
  const resized = kernels.allocate(maxBatch * inputSize);
  const { exports } = kernels;
  const effects = createPictureEffects(kernels, to);
  const coloured = new Float32Array(channels === 1 ? 0 : maxBatch * inputSize * channels);

  const copySources = (rows: Uint32Array): void => {
    if (rows.length > maxBatch) {
      throw new MienError('USAGE', `data: a batch has at most ${maxBatch} rows, got ${rows.length}`);
    }
    const bytes = kernels.u8(sources, rows.length * sourceSize);
    rows.forEach((row, index) => {
      bytes.set(imageOf(dataset, row), index * sourceSize);
    });
  };

  /** The first `count` inputs, with the number of channels of the network. */
  const withChannels = (count: number): Float32Array => {
    const greys = kernels.f32(inputs, count * inputSize);
    if (channels === 1) return greys;
    for (let i = 0; i < greys.length; i++) coloured.fill(greys[i]!, i * channels, (i + 1) * channels);
    return coloured.subarray(0, greys.length * channels);
  };

  return {
    plain(rows) {
      copySources(rows);
      if (from.width === width && from.height === height) {
        exports.toFloat(sources, inputs, scale, offset, 0, rows.length * inputSize);
      } else {
        for (let i = 0; i < rows.length; i++) {
          const source = sources + i * sourceSize;
          const input = inputs + i * inputSize * 4;
          // prettier-ignore
          exports.cropResize(
            source, input, from.height, from.width, 1, 0, 0, from.width, from.height, height, width, 1, 0.5, 0, height,
          );
        }
        // The offset of ½ and truncation to bytes round half up, as OpenCV does.
        const bytes = kernels.u8(resized, rows.length * inputSize);
        bytes.set(kernels.f32(inputs, bytes.length));
        exports.toFloat(resized, inputs, scale, offset, 0, bytes.length);
      }
      return withChannels(rows.length);
    },

    augmented(rows, augmentation, random) {
      copySources(rows);
      const table = kernels.f32(matrices, rows.length * MATRIX_LENGTH);
      rows.forEach((row, index) => {
        const ofRow = random.fork(row);
        table.set(toAffineMatrix(drawDistortion(augmentation, ofRow), from, to), index * MATRIX_LENGTH);
        const changes = drawChanges(augmentation, ofRow);
        // Effects work on grey values 0 … 255; other pictures are scaled to the input range at once.
        const [unit, zero] = changes === undefined ? [scale, offset] : [1, 0];
        // prettier-ignore
        exports.warpAffine(
          sources, matrices, inputs, from.height, from.width, height, width, unit, zero, index, index + 1,
        );
        if (changes === undefined) return;
        const input = inputs + index * inputSize * 4;
        effects.apply(input, changes);
        rescale(kernels.f32(input, inputSize), scale, offset);
      });
      return withChannels(rows.length);
    },
  };
}

function rescale(values: Float32Array, scale: number, offset: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * scale + offset;
}
