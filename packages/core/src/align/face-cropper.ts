/**
 * Cuts faces out of a frame, in the form that a network takes, for reading them and for training.
 *
 * A face at the picture's edge is cut like any other: beyond the edge its pixels are repeated, as training does where
 * it moves and turns pictures, so that a network knows such stripes.
 *
 * Only the pixels around a face are copied into the kernels' memory, so that the size of a picture costs nothing
 * here; one patch of memory serves all faces in turn.
 */
import type { SimilarityTransform } from './similarity-transform.js';
import { createKernels, type Kernels } from '../backend/kernels.js';
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import { copyRgb, type Region } from '../image/copy-region.js';
import { PILLOW_GREY, writeGrey } from '../image/write-grey.js';
import type { CropGeometry, InputContract } from '../model/manifest.js';
import { toCropPlace } from './crop-place.js';
import { toCropRectangle } from './crop-rectangle.js';
import { sampleTurned } from './rotated-sampler.js';

export class FaceCropper {
  readonly #kernels: Kernels;
  /** First free byte of the kernels' memory: everything from here on is scratch. */
  readonly #scratch: number;

  /** Use {@link createFaceCropper}. */
  constructor(
    kernels: Kernels,
    readonly input: InputContract,
    readonly crop: CropGeometry,
  ) {
    this.#kernels = kernels;
    this.#scratch = kernels.allocate(0);
  }

  /** Boxes in pixels of the frame, level → float32 `[boxes, height, width, channels]` in the input's range. */
  cropAll(frame: Frame, boxes: readonly Box[]): Float32Array {
    const { height, width, channels } = this.input;
    const length = height * width * channels;
    const inputs = new Float32Array(boxes.length * length);
    boxes.forEach((box, index) => {
      inputs.set(this.#cropLevel(frame, toCropRectangle(box, this.crop, this.input)), index * length);
    });
    return inputs;
  }

  /**
   * A detector's finds → float32 `[finds, height, width, channels]` in the input's range, turned upright where the
   * crop geometry says so and eyes and mouth are known.
   */
  cropFaces(
    frame: Frame,
    finds: readonly Pick<Detection, 'box' | 'wholeBox' | 'keyPoints'>[],
    detector: Pick<Detector, 'boxToFace'>,
  ): Float32Array {
    const { height, width, channels } = this.input;
    const length = height * width * channels;
    const inputs = new Float32Array(finds.length * length);
    finds.forEach((find, index) => {
      const place = toCropPlace(find, detector, this.crop, this.input);
      inputs.set(this.#cropPlace(frame, place), index * length);
    });
    return inputs;
  }

  /** The returned view is valid until the next crop. */
  #cropPlace(frame: Frame, place: SimilarityTransform): Float32Array {
    const { a, b, x, y } = place;
    if (b === 0 && a > 0) {
      return this.#cropLevel(frame, { x, y, width: a * this.input.width, height: a * this.input.height });
    }
    this.#kernels.releaseTo(this.#scratch);
    return sampleTurned(this.#kernels, frame, place, this.input);
  }

  /** The returned view is valid until the next crop. */
  #cropLevel(frame: Frame, rectangle: Box): Float32Array {
    const { height, width, channels, range } = this.input;
    const region = toRegion(frame, rectangle, this.input);
    const kernels = this.#kernels;
    kernels.releaseTo(this.#scratch);
    const output = kernels.allocate(height * width * channels * Float32Array.BYTES_PER_ELEMENT);
    const patchBytes = region.height * region.width * channels;
    const patch = kernels.allocate(patchBytes);

    if (channels === 1) writeGrey(kernels, frame, region, PILLOW_GREY, patch);
    else copyRgb(frame, region, kernels.u8(patch, patchBytes));
    const [low, high] = range;
    kernels.exports.cropResize(
      patch,
      output,
      region.height,
      region.width,
      channels,
      rectangle.x - region.left,
      rectangle.y - region.top,
      rectangle.width,
      rectangle.height,
      height,
      width,
      (high - low) / 255,
      low,
      0,
      height,
    );
    return kernels.f32(output, height * width * channels);
  }
}

/**
 * The frame's pixels that can take part: the rectangle and the reach of the resampling filter around it, one output
 * pixel or at least one source pixel on each side. Cut at the frame's border, where the kernel repeats the edge.
 */
function toRegion(frame: Frame, rectangle: Box, output: { width: number; height: number }): Region {
  const [left, right] = reach(rectangle.x, rectangle.width, output.width, frame.width);
  const [top, bottom] = reach(rectangle.y, rectangle.height, output.height, frame.height);
  return { left, top, width: right - left, height: bottom - top };
}

function reach(
  start: number,
  length: number,
  outputLength: number,
  limit: number,
): [begin: number, end: number] {
  const margin = Math.max(1, length / outputLength) + 1;
  // A rectangle wholly outside still sees the pixel at the border.
  const begin = Math.min(Math.max(Math.floor(start - margin), 0), limit - 1);
  const end = Math.min(Math.max(Math.ceil(start + length + margin), begin + 1), limit);
  return [begin, end];
}

/** Makes a cropper of a model's contract, with kernels of its own. */
export async function createFaceCropper(input: InputContract, crop: CropGeometry): Promise<FaceCropper> {
  return new FaceCropper(await createKernels(), input, crop);
}
