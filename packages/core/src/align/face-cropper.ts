/**
 * Crops faces from a frame, in the form that a network takes, for inference and for training.
 *
 * Beyond the picture's border, the pixels at the border are repeated. Augmentation in training does the same, so that
 * networks have seen such stripes.
 *
 * Only the pixels around a face are copied into the kernels' memory, so the size of the picture does not matter here. All
 * faces use the same memory one after the other.
 */
import type { SimilarityTransform } from './similarity-transform.js';
import { createKernels, type Kernels } from '../backend/kernels.js';
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import { copyRgb, type Region } from '../image/copy-region.js';
import { PILLOW_GREY, writeGrey } from '../image/write-grey.js';
import type { InputContract } from '../model/input-contract.js';
import type { CropGeometry } from '../model/manifest.js';
import { toCropTransform } from './crop-transform.js';
import { toCropRectangle } from './crop-rectangle.js';
import { sampleRotated } from './rotated-sampler.js';

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

  /** Crops boxes in pixels of the frame, without rotation → float32 `[boxes, height, width, channels]` in the input's range. */
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
   * Crops the faces of a detector → float32 `[faces, height, width, channels]` in the input's range, rotated upright if
   * the crop geometry asks for it and eyes and mouth are known.
   */
  cropFaces(
    frame: Frame,
    detections: readonly Pick<Detection, 'box' | 'wholeBox' | 'keyPoints'>[],
    detector: Pick<Detector, 'boxToFace'>,
  ): Float32Array {
    const { height, width, channels } = this.input;
    const length = height * width * channels;
    const inputs = new Float32Array(detections.length * length);
    detections.forEach((detection, index) => {
      const transform = toCropTransform(detection, detector, this.crop, this.input);
      inputs.set(this.#cropAt(frame, transform), index * length);
    });
    return inputs;
  }

  /** The returned view is valid until the next crop. */
  #cropAt(frame: Frame, transform: SimilarityTransform): Float32Array {
    const { a, b, x, y } = transform;
    if (b === 0 && a > 0) {
      return this.#cropLevel(frame, { x, y, width: a * this.input.width, height: a * this.input.height });
    }
    this.#kernels.releaseTo(this.#scratch);
    return sampleRotated(this.#kernels, frame, transform, this.input);
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
 * The frame's pixels that the crop depends on: the rectangle and a margin for the resampling filter, one output pixel or
 * at least one source pixel on each side. Clipped to the frame; the kernel repeats the pixels at the border.
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
  // A rectangle outside the frame gets the pixels at the border.
  const begin = Math.min(Math.max(Math.floor(start - margin), 0), limit - 1);
  const end = Math.min(Math.max(Math.ceil(start + length + margin), begin + 1), limit);
  return [begin, end];
}

/** Creates a cropper for a model's input and crop geometry, with its own kernel instance. */
export async function createFaceCropper(input: InputContract, crop: CropGeometry): Promise<FaceCropper> {
  return new FaceCropper(await createKernels(), input, crop);
}
