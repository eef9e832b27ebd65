/**
 * Says where in a picture faces may be, so that the detector searches only there.
 *
 *   picture → grey, halved again and again → one scale for each size of face
 *           → scout: a score for each window of 15×15 → judge: a score for each of those, from 24×24 → hints
 *
 * Both networks are tiny: the scout takes 133 multiply-accumulates a pixel where the detector takes 1,900. What they miss
 * is not found; what they notice in vain costs a pass of the detector. A face lies in several windows of two scales, so
 * that a window may miss it.
 *
 * Ref: Viola and Jones, "Robust real-time face detection", 2004, for cheap stages that reject most of a picture; Zhang et al.,
 * "Joint face detection and alignment using multitask cascaded convolutional networks", 2016, for networks as stages.
 */
import { createKernels, type Kernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import { AreaSampler } from '../../image/area-sampler.js';
import { halve } from '../../image/halve.js';
import type { DetectorModel } from '../../model/load-detector-model.js';
import { Network } from '../../nn/network.js';
import type { ScoutPlan, ScoutStageName } from './blazeface-contract.js';
import { resizeGraph } from './resize-graph.js';

/** A place where a face may be, in pixels of the frame. */
export interface Hint {
  /** Centre of the face's box. */
  readonly x: number;
  readonly y: number;
  /** Side of the face's box; the face may be larger or smaller by the plan's `reach`. */
  readonly side: number;
  /** Larger is more like a face. */
  readonly score: number;
}

/** The frame, or a picture of its grey values, and how much smaller that is. */
interface Level {
  readonly picture: Frame;
  readonly reduction: number;
}

/** The upper left corner of an input, and the distance of its pixels, in pixels of a level. */
interface Corner {
  readonly x: number;
  readonly y: number;
  readonly step: number;
}

/** The scout looks at so many pixels of its input at once: their values stay in the second-level cache. */
const MAX_TILE_PIXELS = 36_000;
const MAX_TILE_WINDOWS = 64;
/** Distance of the pixels that tell whether a part is flat, in pixels of the scout's input: eyes and mouth are as large. */
const FLAT_STEP = 2;

export class FaceScout {
  /** For the scout, whose input size varies: rebuilt in the same memory when it changes. */
  readonly #kernels: Kernels;
  readonly #start: number;
  readonly #judge: SizedStage;
  #scout: SizedStage | undefined;

  /** Use {@link createFaceScout}. */
  constructor(
    scoutKernels: Kernels,
    judgeKernels: Kernels,
    readonly model: DetectorModel,
    readonly plan: ScoutPlan,
    /** Parts whose brightness (0…255) varies by less hold no face. */
    readonly minRange: number,
  ) {
    this.#kernels = scoutKernels;
    const { windowPx } = plan.judge;
    this.#judge = new SizedStage(judgeKernels, model, 'judge', windowPx, windowPx);
    this.#start = scoutKernels.allocate(0);
  }

  /** Faces from `smallest` to `largest` pixels, best first. */
  find(frame: Frame, smallest: number, largest: number): Hint[] {
    const { scout, reach } = this.plan;
    const hints: Hint[] = [];
    let finer: Level = { picture: frame, reduction: 1 };
    let level: Level = { picture: halve(frame), reduction: 2 };
    // Windows notice the smallest faces of their reach less surely, and nothing notices smaller ones.
    for (let side = smallest; side < largest * reach; side *= reach ** 2) {
      while (level.reduction * 2 <= side / scout.facePx) {
        finer = level;
        level = { picture: halve(level.picture), reduction: level.reduction * 2 };
      }
      // A face has 12 to 24 pixels in the scout's level, fewer than the judge looks at.
      hints.push(...this.#judged(finer, this.#notice(level, side)));
    }
    return hints.sort((a, b) => b.score - a.score);
  }

  /** What the scout notices among faces of one size. */
  #notice({ picture: grey, reduction }: Level, side: number): Hint[] {
    const { windowPx, stridePx, facePx, threshold } = this.plan.scout;
    const step = side / facePx; // frame pixels per pixel of the network
    const scale = step / reduction; // the same in pixels of the level
    const columns = Math.ceil((grey.width * reduction) / step / stridePx);
    const rows = Math.ceil((grey.height * reduction) / step / stridePx);
    const across = evenly(columns, MAX_TILE_WINDOWS);
    const width = (across - 1) * stridePx + windowPx;
    const down = evenly(rows, Math.max(1, Math.floor((MAX_TILE_PIXELS / width - windowPx) / stridePx) + 1));
    const network = this.#scoutFor(width, (down - 1) * stridePx + windowPx);
    const border = (windowPx - stridePx) / 2; // the first window's middle is that of the first stride
    const hints: Hint[] = [];
    for (let row = 0; row < rows; row += down) {
      for (let column = 0; column < columns; column += across) {
        const [left, top] = [column * stridePx - border, row * stridePx - border];
        const corner = { x: left * scale, y: top * scale, step: scale };
        if (isFlat(grey, corner, network, this.minRange)) continue;
        const scores = network.run(grey, [corner]);
        for (let at = 0; at < scores.length; at++) {
          const score = scores[at]!;
          if (score < threshold) continue;
          const [i, j] = [at % across, Math.floor(at / across)];
          if (column + i >= columns || row + j >= rows) continue;
          const [x, y] = [left + i * stridePx + windowPx / 2, top + j * stridePx + windowPx / 2];
          hints.push({ x: x * step, y: y * step, side, score });
        }
      }
    }
    return hints;
  }

  /** Those hints that the judge takes for faces, with its scores. */
  #judged({ picture, reduction }: Level, hints: readonly Hint[]): Hint[] {
    const { windowPx, facePx, threshold } = this.plan.judge;
    const corners = hints.map(({ x, y, side }) => {
      const step = side / facePx / reduction; // pixels of the level per pixel of the network
      const away = (windowPx / 2) * step;
      return { x: x / reduction - away, y: y / reduction - away, step };
    });
    const scores = this.#judge.run(picture, corners);
    return hints.flatMap((hint, index) => {
      const score = scores[index] ?? -Infinity;
      return score < threshold ? [] : [{ ...hint, score }];
    });
  }

  #scoutFor(width: number, height: number): SizedStage {
    if (this.#scout?.width !== width || this.#scout.height !== height) {
      this.#kernels.releaseTo(this.#start);
      this.#scout = new SizedStage(this.#kernels, this.model, 'scout', width, height);
    }
    return this.#scout;
  }
}

/** A network at one size of its input. */
class SizedStage {
  readonly #network: Network;
  readonly #sampler: AreaSampler;

  constructor(
    kernels: Kernels,
    { stages, weights }: DetectorModel,
    name: ScoutStageName,
    readonly width: number,
    readonly height: number,
  ) {
    this.#sampler = new AreaSampler(kernels, { width, height, channels: 1, range: [0, 1], outside: 0 });
    const graph = stages.get(name);
    if (graph === undefined)
      throw new MienError('MODEL_INVALID', `the detector has no network for its stage ${name}`);
    this.#network = new Network(kernels, resizeGraph(graph, [], { width, height }), weights);
  }

  /** The scores of parts of a picture, in their order; each begins at a corner, and its pixels are `step` apart. */
  run(picture: Frame, corners: readonly Corner[]): Float32Array {
    const [scores] = this.#network.runFilled(corners.length, (index, offset) => {
      const { x, y, step } = corners[index]!;
      const area = { x, y, width: this.width * step, height: this.height * step };
      this.#sampler.sample(picture, area, offset);
    });
    return scores ?? new Float32Array();
  }
}

/** Whether the brightness of a part of a picture varies too little for a face. */
function isFlat(
  { width, height, data }: Frame,
  { x, y, step }: Corner,
  size: Pick<SizedStage, 'width' | 'height'>,
  minRange: number,
): boolean {
  const stride = Math.max(1, Math.floor(FLAT_STEP * step));
  const right = Math.min(width, Math.ceil(x + size.width * step));
  const bottom = Math.min(height, Math.ceil(y + size.height * step));
  let [darkest, brightest] = [255, 0];
  for (let row = Math.max(0, Math.floor(y)); row < bottom; row += stride) {
    for (let column = Math.max(0, Math.floor(x)); column < right; column += stride) {
      const value = data[row * width + column]!;
      if (value < darkest) darkest = value;
      if (value > brightest) brightest = value;
    }
    if (brightest - darkest >= minRange) return false;
  }
  return true;
}

/** The length of the parts of a range, as equal as possible and at most `longest`. */
function evenly(total: number, longest: number): number {
  return Math.ceil(total / Math.ceil(total / longest));
}

/** @throws MienError `MODEL_INVALID` if the model has no network for a stage of the plan */
export async function createFaceScout(
  model: DetectorModel,
  { scout, minRange }: { readonly scout: ScoutPlan; readonly minRange: number },
): Promise<FaceScout> {
  return new FaceScout(await createKernels(), await createKernels(), model, scout, minRange);
}
