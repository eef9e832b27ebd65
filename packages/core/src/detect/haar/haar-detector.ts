/**
 * The Haar cascade detector of the paper. For the same grey picture and settings, it gives the same boxes as OpenCV's
 * CascadeClassifier.
 *
 * frame → grey → windows that pass the cascade at any scale → groups of neighbours → boxes.
 *
 * Ref: Viola, Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001.
 */
import { createKernels, type Kernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import { checkFrame, type Frame } from '../../frame.js';
import type { Box } from '../../geometry/box.js';
import { PILLOW_GREY, writeGrey, type GreyWeights } from '../../image/write-grey.js';
import type { Detection, Detector } from '../detector.js';
import { MultiScaleSearch } from './detect-multi-scale.js';
import { groupRectangles } from './group-rectangles.js';
import { parseCascade } from './parse-cascade.js';

/**
 * Conversion of colours to grey: as Pillow's `convert('L')`, which the original demo for pictures used, or as OpenCV's
 * `cvtColor`. They differ by at most one level of 255.
 */
export const GREY_CONVERSIONS = ['pillow', 'opencv'] as const;
export type GreyConversion = (typeof GREY_CONVERSIONS)[number];

/** Weights of R, G and B in units of 1/65536. OpenCV's are 9798, 19235 and 3735 in units of 1/32768. */
const GREY_WEIGHTS = {
  pillow: PILLOW_GREY,
  opencv: [19596, 38470, 7470],
} as const satisfies Record<GreyConversion, GreyWeights>;

export interface HaarDetectorOptions {
  /** A packed cascade: the bytes of `cascade.bin` of a model package such as `@mien/model-haar-frontalface`. */
  readonly cascade: Uint8Array;
  /** Factor by which the picture shrinks between levels, at least 1.01; default 1.3. */
  readonly scaleFactor?: number;
  /** A face needs more than this many neighbouring windows; 0 returns all windows. Default 5. */
  readonly minNeighbors?: number;
  /**
   * Smallest and largest side of a face in pixels; default: no limits. If no level of the search lies between them, the
   * one closest to `minSize` is searched, as in OpenCV.
   */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Default `pillow`. */
  readonly grey?: GreyConversion;
  /** A kernel instance for this detector alone; default: a new one of the best build. */
  readonly kernels?: Kernels;
}

/** At most about 700 levels; with a smaller factor, a search would take too long. */
const MIN_SCALE_FACTOR = 1.01;

/**
 * Creates the detector. `score` of a detection is the number of neighbouring windows that support it.
 *
 * @throws MienError `USAGE` for an option out of range, `MODEL_INVALID` for a damaged cascade. `detect` throws
 * `INPUT_TOO_LARGE` if there is no memory for the picture: about one byte per pixel and 2 kB per column.
 *
 * @example
 * const detector = await createHaarDetector({ cascade: await readFile('models/haar-frontalface/cascade.bin') });
 * detector.detect(frame); // of examples/eileen-collins.png:
 * // [{ box: { x: 176, y: 66, width: 95, height: 95 }, score: 15 }]
 */
export async function createHaarDetector(options: HaarDetectorOptions): Promise<Detector> {
  const { scaleFactor = 1.3, minNeighbors = 5, minSize = 0, maxSize = Infinity, grey = 'pillow' } = options;
  if (!(scaleFactor >= MIN_SCALE_FACTOR && Number.isFinite(scaleFactor))) {
    throw new MienError(
      'USAGE',
      `haar: scaleFactor must be a finite number of at least ${MIN_SCALE_FACTOR}, got ${scaleFactor}`,
    );
  }
  if (!Number.isInteger(minNeighbors) || minNeighbors < 0) {
    throw new MienError(
      'USAGE',
      `haar: minNeighbors must be a whole number of at least 0, got ${minNeighbors}`,
    );
  }
  if (!(minSize >= 0 && minSize <= maxSize)) {
    throw new MienError('USAGE', `haar: minSize must be from 0 to maxSize (${maxSize}), got ${minSize}`);
  }
  if (!GREY_CONVERSIONS.includes(grey)) {
    throw new MienError(
      'USAGE',
      `haar: grey must be one of ${GREY_CONVERSIONS.join(', ')}, got ${grey as string}`,
    );
  }
  const cascade = parseCascade(options.cascade, 'haar cascade');
  const own = options.kernels ?? (await createKernels());
  // Undefined after dispose(), so that the memory is freed even while the detector is referenced.
  let parts: { kernels: Kernels; search: MultiScaleSearch } | undefined = {
    kernels: own,
    search: new MultiScaleSearch(own, cascade, { scaleFactor, minSize, maxSize }),
  };

  return {
    id: 'haar',
    detect(input) {
      if (parts === undefined) throw new MienError('USAGE', 'haar: the detector was used after dispose()');
      const { kernels, search } = parts;
      const frame = checkFrame(input);
      const boxes = search.detectMultiScale(frame.width, frame.height, (offset) => {
        writeGrey(kernels, frame, { left: 0, top: 0, ...frame }, GREY_WEIGHTS[grey], offset);
      });
      return groupRectangles(boxes, minNeighbors).map(({ box, support }): Detection => ({
        box: clip(box, frame),
        score: support,
      }));
    },
    dispose() {
      parts = undefined;
    },
  };
}

/** Clips a box to the frame: rounding may move a window beyond the border by a pixel. */
function clip({ x, y, width, height }: Box, frame: Frame): Box {
  return { x, y, width: Math.min(width, frame.width - x), height: Math.min(height, frame.height - y) };
}
