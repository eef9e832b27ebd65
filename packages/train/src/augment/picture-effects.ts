/**
 * Augmentations that follow the geometric one (affine.ts), in the order in which they occur in a real picture:
 *
 *   contrast, brightness, gamma   the light of the scene; first, so that noise is not brightened along with a dark face
 *   blur, downscaling             the lens and the sensor
 *   noise                         arises in the sensor's pixels, so it is not blurred
 *   JPEG                          the file, which encodes the noise too
 *   erasing                       last, because it is not part of the picture
 *
 * Every random draw depends only on seed, epoch and row. Each kind of augmentation has its own random fork, so that
 * switching one off leaves the others unchanged.
 */
import type { Kernels } from '@mien/core/nn';
import type { Random } from '../random.js';
import type { Size } from './affine.js';
import type { Augmentation } from './augmentation.js';
import { drawErasing, eraseRectangle, meanGrey, type ErasedRectangle } from './erasing.js';
import { jpegQuantizationTable } from './jpeg-quantization-table.js';
import { drawPhotometric, writeToneCurve, type PhotometricChange } from './photometric.js';
import { drawQuality, type QualityLoss } from './quality.js';
import { blurFilter, enlargeFilter, shrinkFilter, type FirFilter } from './fir-filter.js';

/** The parameters drawn for one picture; absent kinds are not applied. */
export interface PictureChanges {
  readonly photometric?: PhotometricChange | undefined;
  readonly quality?: QualityLoss | undefined;
  readonly erased?: { readonly rectangle: ErasedRectangle; readonly noise: Random } | undefined;
}

/** The generator for the augmentation of one epoch; each picture uses its fork by row. */
export function randomOfEpoch(random: Random, epoch: number): Random {
  return random.fork('augmentation').fork(epoch);
}

/** Draws the parameters for one picture; `undefined` when nothing is to be changed. */
export function drawChanges(augmentation: Augmentation, random: Random): PictureChanges | undefined {
  const { photometric, quality, erasing } = augmentation;
  const noise = random.fork('erasing');
  const rectangle = erasing === null ? undefined : drawErasing(erasing, noise);
  const changes = {
    photometric: photometric === null ? undefined : drawPhotometric(photometric, random.fork('photometric')),
    quality: quality === null ? undefined : drawQuality(quality, random.fork('quality')),
    erased: rectangle === undefined ? undefined : { rectangle, noise },
  };
  return Object.values(changes).every((kind) => kind === undefined) ? undefined : changes;
}

export interface PictureEffects {
  /**
   * Changes a picture in place.
   *
   * @param picture byte offset in the kernels' memory of float32 grey values 0 … 255, `[height, width]`
   */
  apply(picture: number, changes: PictureChanges): void;
}

const GREYS = 256;
const BLOCK_SIDE = 8;
const BLOCK_FLOATS = 64;

/** Allocates working memory; create views of the kernels' memory afterwards, because it may grow. */
export function createPictureEffects(kernels: Kernels, { width, height }: Size): PictureEffects {
  const { exports } = kernels;
  const pixels = width * height;
  const longest = Math.max(width, height);
  const blockRows = Math.ceil(height / BLOCK_SIDE);
  const curve = kernels.allocate(GREYS * 4);
  const scratch = kernels.allocate(pixels * 4);
  const starts = kernels.allocate(longest * 4);
  const weights = kernels.allocate(longest * longest * 4);
  const keys = kernels.allocate(2 * 4);
  const quantization = kernels.allocate(BLOCK_FLOATS * 4);
  const blocks = kernels.allocate(blockRows * BLOCK_FLOATS * 4);

  /** Filters along the `columns` columns of `from` and writes the transposed result to `to`. */
  const filterColumns = (from: number, to: number, columns: number, filter: FirFilter): void => {
    kernels.i32(starts, filter.outputs).set(filter.starts);
    kernels.f32(weights, filter.weights.length).set(filter.weights);
    exports.filterColumns(from, starts, weights, to, columns, filter.outputs, filter.taps, 0, filter.outputs);
  };
  const cachedShrinkFilter = cached(shrinkFilter);
  const cachedEnlargeFilter = cached(enlargeFilter);

  const blur = (picture: number, sigma: number): void => {
    const vertical = blurFilter(height, sigma);
    filterColumns(picture, scratch, width, vertical);
    filterColumns(scratch, picture, height, width === height ? vertical : blurFilter(width, sigma));
  };
  /** Downscales by a factor and upscales to the original size. */
  const resample = (picture: number, factor: number): void => {
    const columns = Math.max(1, Math.round(width * factor));
    const rows = Math.max(1, Math.round(height * factor));
    filterColumns(picture, scratch, width, cachedShrinkFilter(height, rows));
    filterColumns(scratch, picture, rows, cachedShrinkFilter(width, columns));
    filterColumns(picture, scratch, columns, cachedEnlargeFilter(rows, height));
    filterColumns(scratch, picture, height, cachedEnlargeFilter(columns, width));
  };

  return {
    apply(picture, { photometric, quality, erased }) {
      if (photometric !== undefined) {
        const table = kernels.f32(curve, GREYS);
        writeToneCurve(photometric, meanGrey(kernels.f32(picture, pixels)), table);
        exports.toneCurve(picture, curve, 0, pixels);
      }
      if (quality !== undefined) {
        if (quality.blurSigmaPx > 0) blur(picture, quality.blurSigmaPx);
        if (quality.downscale < 1) resample(picture, quality.downscale);
        if (quality.noiseSigma > 0) {
          kernels.i32(keys, 2).set(quality.noiseKeys);
          exports.addNoise(picture, keys, quality.noiseSigma, 0, pixels);
        }
        if (quality.jpegQuality !== undefined) {
          kernels.f32(quantization, BLOCK_FLOATS).set(jpegQuantizationTable(quality.jpegQuality));
          exports.jpegRoundTrip(picture, quantization, blocks, height, width, 0, blockRows);
        }
      }
      if (erased !== undefined) {
        const { rectangle, noise } = erased;
        eraseRectangle(kernels.f32(picture, pixels), { width, height }, rectangle, noise);
      }
    },
  };
}

/** The cache stays small: there are at most as many different filters as the picture has rows or columns. */
function cached(create: (inputs: number, outputs: number) => FirFilter): typeof create {
  const filters = new Map<string, FirFilter>();
  return (inputs, outputs) => {
    const key = `${inputs} ${outputs}`;
    const filter = filters.get(key) ?? create(inputs, outputs);
    filters.set(key, filter);
    return filter;
  };
}
