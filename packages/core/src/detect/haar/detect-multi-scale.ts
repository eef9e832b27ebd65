/**
 * Slides the cascade's window over every level of a grey picture.
 *
 * Mental model: the picture is in the kernels' memory. For each level, bands of rows are resized, summed to integral
 * images and searched; the next band reuses the scratch memory. Each band has its own integral image (only differences
 * are read), so scratch memory grows with the picture's width, not with its area.
 *
 * Levels, resize taps and the program for the stride depend on the frame's size alone. They are planned once and kept
 * until the size changes.
 */
import type { Kernels } from '../../backend/kernels.js';
import type { Box } from '../../geometry/box.js';
import type { Cascade } from './cascade.js';
import { compileCascade, placeProgram, type CompiledCascade } from './compile-cascade.js';
import {
  planPyramid,
  planTaps,
  roundHalfEven,
  type PyramidLevel,
  type PyramidOptions,
} from './plan-pyramid.js';

/** Rows of a level with the window positions of one band. */
const BAND_ROWS = 128;
/** Kernels may read this far past the end of a picture or an integral image. */
const SLACK_BYTES = 64;
/** float32 scratch for the contrast of a tile of windows. */
const FACTORS_LENGTH = 64 + 4;
/** Columns of an integral image in a cache line. */
const LINE_COLUMNS = 16;

interface PlannedLevel extends PyramidLevel {
  /** Byte offsets of the resize taps; `undefined` for the level of the original size. */
  readonly taps: { readonly columns: number; readonly rows: number } | undefined;
}

/** Memory layout for frames of one size: byte offsets, and `stride` in columns. */
interface Plan {
  readonly width: number;
  readonly height: number;
  readonly levels: readonly PlannedLevel[];
  readonly stride: number;
  readonly grey: number;
  readonly resized: number;
  readonly blend: number;
  readonly sum: number;
  readonly square: number;
  readonly factors: number;
  readonly found: number;
  /** The compiled cascade for window positions 1 and 2 samples apart. */
  readonly programs: { readonly 1: number; readonly 2: number };
}

/** Searches frames of any size; keeps its scratch memory between them. */
export class MultiScaleSearch {
  readonly #kernels: Kernels;
  readonly #cascade: Cascade;
  readonly #compiled: CompiledCascade;
  readonly #options: PyramidOptions;
  readonly #firstByte: number;
  #plan: Plan | undefined;

  /** @param kernels an instance for this search alone: it uses all free memory */
  constructor(kernels: Kernels, cascade: Cascade, options: Omit<PyramidOptions, 'side'>) {
    this.#kernels = kernels;
    this.#cascade = cascade;
    this.#compiled = compileCascade(cascade);
    this.#options = { ...options, side: cascade.side };
    this.#firstByte = kernels.allocate(0);
  }

  /**
   * Detects all windows that pass the cascade, finest level first, in scan order.
   *
   * @param writeGrey writes the picture, `width × height` bytes, to the byte offset in the kernels' memory
   */
  detectMultiScale(width: number, height: number, writeGrey: (offset: number) => void): Box[] {
    const plan = this.#planFor(width, height);
    writeGrey(plan.grey);
    const boxes: Box[] = [];
    for (const level of plan.levels) {
      const bandRows = BAND_ROWS / level.step;
      for (let row = 0; row < level.rows; row += bandRows) {
        this.#searchBand(plan, level, row, Math.min(bandRows, level.rows - row), boxes);
      }
    }
    return boxes;
  }

  /** Searches `rows` rows of window positions from `firstRow` on, and adds the detected windows to `boxes`. */
  #searchBand(plan: Plan, level: PlannedLevel, firstRow: number, rows: number, boxes: Box[]): void {
    const { exports } = this.#kernels;
    const { width, step, scale, taps } = level;
    const { side } = this.#cascade;
    const split = step === 2 ? 1 : 0;
    const top = firstRow * step;
    const samples = (rows - 1) * step + side;

    // [samples, width] uint8
    let band = plan.grey + top * width;
    if (taps !== undefined) {
      band = plan.resized;
      exports.resizeLinearExact(
        plan.grey,
        taps.columns,
        taps.rows,
        band,
        plan.blend,
        plan.width,
        width,
        top,
        top + samples,
      );
    }
    // [samples + 1, stride] int32, twice
    exports.integralImages(band, plan.sum, plan.square, width, plan.stride, split, 0, samples);
    const count = exports.haarEvaluate(
      plan.programs[step],
      this.#cascade.stages.length,
      side,
      plan.sum,
      plan.square,
      plan.stride,
      split,
      level.columns,
      plan.factors,
      plan.found,
      0,
      rows,
    );
    const faceSide = roundHalfEven(Math.fround(side * scale));
    const toPixel = (position: number): number => roundHalfEven(Math.fround(position * step * scale));
    for (const word of this.#kernels.i32(plan.found, count)) {
      boxes.push({
        x: toPixel(word & 0xffff),
        y: toPixel(firstRow + (word >>> 16)),
        width: faceSide,
        height: faceSide,
      });
    }
  }

  #planFor(width: number, height: number): Plan {
    if (this.#plan?.width === width && this.#plan.height === height) return this.#plan;
    this.#plan = undefined;
    this.#kernels.releaseTo(this.#firstByte);
    this.#plan = this.#createPlan(width, height);
    return this.#plan;
  }

  #createPlan(width: number, height: number): Plan {
    const kernels = this.#kernels;
    const { side } = this.#cascade;
    const levels = planPyramid(width, height, this.#options);
    const bandSamples = BAND_ROWS + side;
    // An odd number of cache lines, so that the rows of a window do not map to the same cache sets.
    const stride = LINE_COLUMNS * (Math.ceil((width + 16) / LINE_COLUMNS) | 1);
    const integralBytes = 4 * stride * (bandSamples + 1) + SLACK_BYTES;
    const programWords = this.#compiled.program.length;

    const plan: Plan = {
      width,
      height,
      stride,
      grey: kernels.allocate(width * height + SLACK_BYTES),
      resized: kernels.allocate(width * bandSamples + SLACK_BYTES),
      blend: kernels.allocate(2 * width + SLACK_BYTES),
      sum: kernels.allocate(integralBytes),
      square: kernels.allocate(integralBytes),
      factors: kernels.allocate(4 * FACTORS_LENGTH),
      found: kernels.allocate(
        4 * Math.max(0, ...levels.map(({ columns, step }) => (columns * BAND_ROWS) / step)),
      ),
      programs: { 1: kernels.allocate(4 * programWords), 2: kernels.allocate(4 * programWords) },
      levels: levels.map((level) => ({
        ...level,
        taps:
          level.width === width && level.height === height
            ? undefined
            : { columns: kernels.allocate(8 * level.width), rows: kernels.allocate(8 * level.height) },
      })),
    };
    // Create views from here on: allocating may have moved the memory.
    for (const { taps, ...level } of plan.levels) {
      if (taps === undefined) continue;
      kernels.i32(taps.columns, 2 * level.width).set(planTaps(width, level.width));
      kernels.i32(taps.rows, 2 * level.height).set(planTaps(height, level.height));
    }
    placeProgram(this.#compiled, stride, false, kernels.i32(plan.programs[1], programWords));
    placeProgram(this.#compiled, stride, true, kernels.i32(plan.programs[2], programWords));
    // Row 0 of an integral image is zero, and no kernel writes it.
    kernels.i32(plan.sum, stride).fill(0);
    kernels.i32(plan.square, stride).fill(0);
    return plan;
  }
}
