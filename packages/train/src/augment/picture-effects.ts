/**
 * What happens to a training picture after its geometry (affine.ts): light, camera and file, in the order in which a
 * real picture meets them.
 *
 *   contrast, brightness, gamma   light and tone of the scene: first, so that noise is not brightened with a dark face
 *   blur, few pixels              lens and sensor
 *   noise                         is born in the sensor's pixels and so is not blurred
 *   JPEG                          the file, which also has to code the noise
 *   erasing                       last: what covers the face for the network's sake is no part of the picture
 *
 * Every draw derives from seed, epoch and row alone. Each kind has a fork of its own, so that switching one off leaves
 * the others as they were.
 */
import type { Kernels } from '@mien/core/nn';
import type { Random } from '../random.js';
import type { Size } from './affine.js';
import type { Augmentation } from './augmentation.js';
import { drawErasing, eraseRectangle, meanGrey, type ErasedRectangle } from './erasing.js';
import { jpegSteps } from './jpeg-steps.js';
import { drawPhotometric, writeToneCurve, type PhotometricChange } from './photometric.js';
import { drawQuality, type QualityLoss } from './quality.js';
import { blurFilter, enlargeFilter, shrinkFilter, type RowFilter } from './row-filter.js';

/** What one picture drew; a kind that is absent leaves it as it is. */
export interface PictureLook {
  readonly photometric?: PhotometricChange | undefined;
  readonly quality?: QualityLoss | undefined;
  readonly erased?: { readonly rectangle: ErasedRectangle; readonly noise: Random } | undefined;
}

/** The generator that all variation of an epoch's pictures comes from; a picture's own is its fork by row. */
export function randomOfEpoch(random: Random, epoch: number): Random {
  return random.fork('augmentation').fork(epoch);
}

/** Draws what happens to a picture beyond its geometry; `undefined` for nothing. */
export function drawLook(augmentation: Augmentation, random: Random): PictureLook | undefined {
  const { photometric, quality, erasing } = augmentation;
  const noise = random.fork('erasing');
  const rectangle = erasing === null ? undefined : drawErasing(erasing, noise);
  const look = {
    photometric: photometric === null ? undefined : drawPhotometric(photometric, random.fork('photometric')),
    quality: quality === null ? undefined : drawQuality(quality, random.fork('quality')),
    erased: rectangle === undefined ? undefined : { rectangle, noise },
  };
  return Object.values(look).every((kind) => kind === undefined) ? undefined : look;
}

export interface PictureEffects {
  /**
   * Gives a picture its look, in place.
   *
   * @param picture place in the kernels' memory of float32 greys 0 … 255, `[height, width]`
   */
  apply(picture: number, look: PictureLook): void;
}

const GREYS = 256;
const BLOCK_SIDE = 8;
const BLOCK_FLOATS = 64;

/** Allocates what the effects need beside the pictures; take views of the memory afterwards. */
export function createPictureEffects(kernels: Kernels, { width, height }: Size): PictureEffects {
  const { exports } = kernels;
  const pixels = width * height;
  const longest = Math.max(width, height);
  const blockRows = Math.ceil(height / BLOCK_SIDE);
  const curve = kernels.allocate(GREYS * 4);
  const lying = kernels.allocate(pixels * 4);
  const starts = kernels.allocate(longest * 4);
  const weights = kernels.allocate(longest * longest * 4);
  const keys = kernels.allocate(2 * 4);
  const steps = kernels.allocate(BLOCK_FLOATS * 4);
  const blocks = kernels.allocate(blockRows * BLOCK_FLOATS * 4);

  /** Filters the columns of `from`, of which there are `columns`, into rows of `to`. */
  const filterColumns = (from: number, to: number, columns: number, filter: RowFilter): void => {
    kernels.i32(starts, filter.outputs).set(filter.starts);
    kernels.f32(weights, filter.weights.length).set(filter.weights);
    exports.filterColumns(from, starts, weights, to, columns, filter.outputs, filter.taps, 0, filter.outputs);
  };
  const shrinking = remember(shrinkFilter);
  const enlarging = remember(enlargeFilter);

  const blur = (picture: number, sigma: number): void => {
    const vertical = blurFilter(height, sigma);
    filterColumns(picture, lying, width, vertical);
    filterColumns(lying, picture, height, width === height ? vertical : blurFilter(width, sigma));
  };
  /** Shrinks to a part of width and height, and enlarges again. */
  const resample = (picture: number, part: number): void => {
    const columns = Math.max(1, Math.round(width * part));
    const rows = Math.max(1, Math.round(height * part));
    filterColumns(picture, lying, width, shrinking(height, rows));
    filterColumns(lying, picture, rows, shrinking(width, columns));
    filterColumns(picture, lying, columns, enlarging(rows, height));
    filterColumns(lying, picture, height, enlarging(columns, width));
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
          kernels.f32(steps, BLOCK_FLOATS).set(jpegSteps(quality.jpegQuality));
          exports.jpegRoundTrip(picture, steps, blocks, height, width, 0, blockRows);
        }
      }
      if (erased !== undefined) {
        const { rectangle, noise } = erased;
        eraseRectangle(kernels.f32(picture, pixels), { width, height }, rectangle, noise);
      }
    },
  };
}

/** There are only as many changes of size as a picture has pixels in a row. */
function remember(create: (inputs: number, outputs: number) => RowFilter): typeof create {
  const known = new Map<string, RowFilter>();
  return (inputs, outputs) => {
    const key = `${inputs} ${outputs}`;
    const filter = known.get(key) ?? create(inputs, outputs);
    known.set(key, filter);
    return filter;
  };
}
