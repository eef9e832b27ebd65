/**
 * Rows of a dataset as network inputs: bytes to float32 in the input range, resized, with or without augmentation.
 *
 * A separate, small kernel instance does the work: a batch of 32 takes a fraction of a millisecond, and about two
 * milliseconds with all effects on every picture (picture-effects.ts).
 *
 * Colours are read plane by plane: red, green and blue of a picture are three pictures that are resized, distorted and
 * changed alike. A network with colour input gets a grey picture's value in all three channels, one with grey input the
 * grey of colours. Detail, exposure, means, deviations and the order of channels come last, as in `analyze`.
 */
import { MienError, normalizeInputs, type InputNormalization } from '@mien/core';
import { createKernels } from '@mien/core/nn';
import { drawDistortion, toAffineMatrix } from '../augment/affine.js';
import type { Augmentation } from '../augment/augmentation.js';
import { createPictureEffects, drawChanges } from '../augment/picture-effects.js';
import type { Random } from '../random.js';
import { channelsOf, greyImageOf, imageOf, type Dataset } from './dataset.js';

/** A network's input: `[height, width, channels]`, and the values of grey 0 and grey 255. */
export interface NetworkInput {
  readonly inputShape: readonly number[];
  readonly inputRange: readonly [low: number, high: number];
  /** What is done to the values after that. Default: nothing. */
  readonly normalization?: InputNormalization | undefined;
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
  { inputShape, inputRange, normalization }: NetworkInput,
  maxBatch: number,
): Promise<BatchInputs> {
  const [height = 0, width = 0, channels = 0] = inputShape;
  if (inputShape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new MienError(
      'UNSUPPORTED',
      `data: the network reads [${inputShape.join(', ')}]; expected [height, width, 1], or 3 for colour`,
    );
  }
  const scale = (inputRange[1] - inputRange[0]) / 255;
  const offset = inputRange[0];
  const from = { width: dataset.width, height: dataset.height };
  const to = { width, height };
  const input = { ...to, channels, range: inputRange } as const;
  const sourceSize = from.width * from.height;
  const inputSize = width * height;

  const kernels = await createKernels();
  const planes = channels === 3 && channelsOf(dataset) === 3 ? 3 : 1;
  const maxPlanes = maxBatch * planes;
  const sources = kernels.allocate(maxPlanes * sourceSize);
  const matrices = kernels.allocate(maxPlanes * MATRIX_LENGTH * 4);
  const inputs = kernels.allocate(maxPlanes * inputSize * 4);
  const resized = kernels.allocate(maxPlanes * inputSize);
  const { exports } = kernels;
  const effects = createPictureEffects(kernels, to);
  const coloured = new Float32Array(channels === 1 ? 0 : maxBatch * inputSize * channels);

  const copySources = (rows: Uint32Array): void => {
    if (rows.length > maxBatch) {
      throw new MienError('USAGE', `data: a batch has at most ${maxBatch} rows, got ${rows.length}`);
    }
    const bytes = kernels.u8(sources, rows.length * planes * sourceSize);
    rows.forEach((row, index) => {
      if (planes === 1) {
        bytes.set(greyImageOf(dataset, row), index * sourceSize);
        return;
      }
      const pixels = imageOf(dataset, row);
      for (let plane = 0; plane < planes; plane++) {
        const start = (index * planes + plane) * sourceSize;
        for (let at = 0; at < sourceSize; at++) bytes[start + at] = pixels[at * planes + plane]!;
      }
    });
  };

  /** The first `count` inputs, with the number of channels of the network. */
  const withChannels = (count: number): Float32Array => {
    const values = kernels.f32(inputs, count * planes * inputSize);
    if (channels === 1) return normalizeInputs(values, input, normalization);
    if (planes === 1) {
      for (let i = 0; i < values.length; i++) coloured.fill(values[i]!, i * channels, (i + 1) * channels);
    } else {
      for (let i = 0; i < values.length; i++) {
        const [picture, inPicture] = [Math.floor(i / (planes * inputSize)), i % (planes * inputSize)];
        const [plane, at] = [Math.floor(inPicture / inputSize), inPicture % inputSize];
        coloured[(picture * inputSize + at) * channels + plane] = values[i]!;
      }
    }
    const whole = coloured.subarray(0, count * inputSize * channels);
    return normalizeInputs(whole, input, normalization);
  };

  return {
    plain(rows) {
      copySources(rows);
      if (from.width === width && from.height === height) {
        exports.toFloat(sources, inputs, scale, offset, 0, rows.length * planes * inputSize);
      } else {
        for (let i = 0; i < rows.length * planes; i++) {
          const source = sources + i * sourceSize;
          const input = inputs + i * inputSize * 4;
          // prettier-ignore
          exports.cropResize(
            source, input, from.height, from.width, 1, 0, 0, from.width, from.height, height, width, 1, 0.5, 0, height,
          );
        }
        // The offset of ½ and truncation to bytes round half up, as OpenCV does.
        const bytes = kernels.u8(resized, rows.length * planes * inputSize);
        bytes.set(kernels.f32(inputs, bytes.length));
        exports.toFloat(resized, inputs, scale, offset, 0, bytes.length);
      }
      return withChannels(rows.length);
    },

    augmented(rows, augmentation, random) {
      copySources(rows);
      const table = kernels.f32(matrices, rows.length * planes * MATRIX_LENGTH);
      // The planes of a picture draw the same.
      const ofPlanes = Array.from(
        { length: rows.length * planes },
        (_, index) => rows[Math.floor(index / planes)]!,
      );
      ofPlanes.forEach((row, index) => {
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
