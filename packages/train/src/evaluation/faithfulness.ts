/**
 * Whether explanations point at what a reading hangs on: the deletion test.
 *
 * Each face is read, and its reading explained. Then the hottest fifth of the picture is hidden, and the probability of
 * the expression that was read is measured again; it must fall more than when as many other parts are hidden:
 *
 *   random      parts drawn by chance, the mean of several draws
 *   otherFace   the hottest fifth of another face: parts that matter in any face, such as the mouth
 *
 * The picture is divided into 12×12 parts, of which 29 are hidden (20.1 %): filled with the mean of the picture, with
 * hard edges. Heat is summed over a part. Parts of one size make the comparison fair: scattered single pixels would harm
 * a reading more than connected ones.
 *
 * Ref: Samek et al. 2017, "Evaluating the Visualization of What a Deep Neural Network Has Learned", for the idea.
 */
import {
  argmax,
  createExplainer,
  createPredictor,
  withTemperature,
  type Classifier,
  type Explainer,
} from '@mien/core';
import { createBatchInputs } from '../data/batch-inputs.js';
import type { Dataset, Rows } from '../data/dataset.js';
import { heldOutFraction } from '../data/held-out.js';
import { bootstrapMean, type Interval } from '../metrics/bootstrap.js';
import type { OnProgress } from '../progress.js';
import { createRandom, type Random } from '../random.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';

/** Parts along each side. */
const PARTS = 12;
const HIDDEN_PARTS = Math.round(PARTS ** 2 / 5);
/** Random fifths per face. */
const DRAWS = 8;

/** By how much the probability of the read expression falls, as a part of 1. */
export interface Fall {
  readonly mean: number;
  /** 95 % (bootstrap over faces). */
  readonly interval: Interval;
}

export interface Faithfulness {
  readonly method: Explainer['method'];
  /** Absent for occlusion. */
  readonly layer?: string;
  /** Number of faces. */
  readonly count: number;
  /** Part of the picture that is hidden. */
  readonly hidden: number;
  /** When the hottest parts are hidden. */
  readonly hottest: Fall;
  /** When random parts are hidden. */
  readonly random: Fall;
  /** When the hottest parts of another face are hidden. */
  readonly otherFace: Fall;
  /** `hottest` minus `random`, face by face. */
  readonly more: Fall;
  /** `hottest` minus `otherFace`, face by face. */
  readonly moreThanOtherFace: Fall;
  /** Part of the faces whose probability falls more when the hottest parts are hidden than when random ones are. */
  readonly share: number;
}

export interface FaithfulnessOptions {
  readonly model: Classifier;
  readonly dataset: Dataset;
  readonly rows: Rows;
  /** Default: that of `createExplainer(model)`. */
  readonly explainer?: Explainer;
  /** Of the random parts; default 1. */
  readonly seed?: number;
  readonly onProgress?: OnProgress;
}

/** At most `count` of the rows, chosen by a hash of their pixels; in their order. */
export function sampleRows(dataset: Dataset, rows: Rows, count: number): Rows {
  const byHash = Array.from(rows, (row) => ({ row, hash: heldOutFraction(dataset, row) }));
  byHash.sort((a, b) => a.hash - b.hash || a.row - b.row);
  return Uint32Array.from(byHash.slice(0, count), ({ row }) => row).sort();
}

/** @throws MienError `USAGE` when the explainer and the model do not match */
export async function measureFaithfulness(options: FaithfulnessOptions): Promise<Faithfulness> {
  const { model, dataset, rows, seed = 1, onProgress } = options;
  const { input, calibration } = model.manifest;
  const { height, width, channels, range } = input;
  const explainer = options.explainer ?? (await createExplainer(model));
  const predictor = await createPredictor(model);
  const inputs = await createBatchInputs(
    dataset,
    { inputShape: [height, width, channels], inputRange: range },
    1,
  );
  const random = createRandom(seed).fork('faithfulness');
  const classes = model.labels.length;
  const read = (crops: Float32Array, count: number): Float32Array =>
    withTemperature(predictor.predict(crops, count), classes, calibration?.temperature ?? 1);

  const falls: { readonly hottest: number; readonly random: number; readonly otherFace: number }[] = [];
  let layer: string | undefined;
  // The first face is compared with the last one's heat.
  let previous: readonly number[] = [];
  for (const row of rows.slice(-1)) previous = await hottestPartsOf(row);
  for (const [index, row] of rows.entries()) {
    const hottest = await hottestPartsOf(row);
    const crop = inputs.plain(Uint32Array.of(row)).slice();
    const hidden = [
      hottest,
      previous,
      ...Array.from({ length: DRAWS }, (_, draw) => drawParts(random.fork(row).fork(draw))),
    ];
    const batch = new Float32Array((1 + hidden.length) * crop.length);
    batch.set(crop);
    hidden.forEach((parts, at) => {
      batch.set(hide(crop, parts, input), (1 + at) * crop.length);
    });
    const probabilities = read(batch, 1 + hidden.length);
    const expression = argmax(probabilities.subarray(0, classes));
    const fallAt = (at: number): number =>
      probabilities[expression]! - probabilities[(1 + at) * classes + expression]!;
    falls.push({
      hottest: fallAt(0),
      otherFace: fallAt(1),
      random: meanOf(Array.from({ length: DRAWS }, (_, draw) => fallAt(2 + draw))),
    });
    previous = hottest;
    onProgress?.({ done: index + 1, total: rows.length });
    await yieldToEventLoop();
  }

  const toFall = (of: (fall: (typeof falls)[number]) => number): Fall => {
    const values = falls.map(of);
    return { mean: meanOf(values), interval: bootstrapMean(values) };
  };
  return {
    method: explainer.method,
    ...(layer === undefined ? {} : { layer }),
    count: rows.length,
    hidden: HIDDEN_PARTS / PARTS ** 2,
    hottest: toFall((fall) => fall.hottest),
    random: toFall((fall) => fall.random),
    otherFace: toFall((fall) => fall.otherFace),
    more: toFall((fall) => fall.hottest - fall.random),
    moreThanOtherFace: toFall((fall) => fall.hottest - fall.otherFace),
    share: meanOf(falls.map((fall) => (fall.hottest > fall.random ? 1 : 0))),
  };

  async function hottestPartsOf(row: number): Promise<readonly number[]> {
    const crop = inputs.plain(Uint32Array.of(row)).slice();
    const expression = model.labels[argmax(read(crop, 1))]!;
    const explanation = await explainer.explain(crop, expression);
    layer = explanation.layer;
    return hottestParts(explanation);
  }
}

/** The parts with the most heat. */
function hottestParts({
  heat,
  height,
  width,
}: {
  readonly heat: Float32Array;
  readonly height: number;
  readonly width: number;
}): number[] {
  const sums = new Float64Array(PARTS ** 2);
  heat.forEach((value, at) => {
    const row = Math.floor((Math.floor(at / width) * PARTS) / height);
    const column = Math.floor(((at % width) * PARTS) / width);
    sums[row * PARTS + column] = sums[row * PARTS + column]! + value;
  });
  return [...sums.keys()].sort((a, b) => sums[b]! - sums[a]! || a - b).slice(0, HIDDEN_PARTS);
}

function drawParts(random: Random): number[] {
  const parts = [...Array(PARTS ** 2).keys()];
  for (let at = 0; at < HIDDEN_PARTS; at++) {
    const other = at + random.uniformInt(parts.length - at);
    [parts[at], parts[other]] = [parts[other]!, parts[at]!];
  }
  return parts.slice(0, HIDDEN_PARTS);
}

/** The crop with parts filled with its mean. */
function hide(
  crop: Float32Array,
  parts: readonly number[],
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
): Float32Array {
  const mean = crop.reduce((sum, value) => sum + value, 0) / crop.length;
  const isHidden = new Set(parts);
  return crop.map((value, at) => {
    const pixel = Math.floor(at / channels);
    const row = Math.floor((Math.floor(pixel / width) * PARTS) / height);
    const column = Math.floor(((pixel % width) * PARTS) / width);
    return isHidden.has(row * PARTS + column) ? mean : value;
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
