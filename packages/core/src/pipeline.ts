/**
 * The way of a frame: detect → align → classify → judge quality, and for videos also track → smooth.
 *
 * Each step is a file of its own; this file only puts them in order. Both analyzers share it. A frame is analysed in two
 * halves, before and after the network runs, so that the network may answer at once or by a promise. The frames of a video are
 * read and then followed: what is read depends on one chunk of the video, what is followed on all frames before.
 */
import { toCropTransform } from './align/crop-transform.js';
import { toFaceBox } from './align/face-box.js';
import { createFaceCropper, type FaceCropper } from './align/face-cropper.js';
import { withTemperature } from './classify/temperature.js';
import { toProbabilities } from './classify/to-probabilities.js';
import type { Detection, Detector } from './detect/detector.js';
import { MienError } from './errors.js';
import { checkFrame, type Frame } from './frame.js';
import type { AsyncClassifier } from './model/model.js';
import { DEFAULT_QUALITY } from './model/quality-thresholds.js';
import { judgeQuality, marginOf } from './quality/judge.js';
import { measureQuality } from './quality/measure-quality.js';
import type { Reading } from './reading.js';
import { checkResponseTime, DEFAULT_RESPONSE_TIME_MS } from './track/response-time.js';
import type { Analysis, Face } from './result.js';
import { FaceFinder } from './track/face-finder.js';
import { FaceFollower, type FollowedFace } from './track/face-follower.js';
import { isSameShot, type ShotView } from './track/shot-boundary.js';

export interface PipelineOptions {
  readonly model: Pick<AsyncClassifier, 'manifest' | 'labels'>;
  readonly detector: Detector;
  readonly responseTimeMs?: number;
  readonly chunkMs?: number;
}

/** A frame whose faces are detected and cropped, before the network runs. */
export interface PreparedFrame<Result = Analysis> {
  /** Faces in the batch; 0 needs no prediction. */
  readonly count: number;
  /** float32 `[count, height, width, channels]` in the model's input range. */
  readonly inputs: Float32Array;
  /** @param outputs float32 `[count, labels]`, each row sums to 1 */
  readonly finish: (outputs: Float32Array) => Result;
}

/** What is remembered from frame to frame of one video. */
export interface VideoState {
  readonly finder: FaceFinder;
  readonly follower: FaceFollower;
  /** The last frame that shows something, of those that were followed. */
  view: ShotView | undefined;
}

/** Long enough that a search at its start costs nothing, short enough to share a video among many workers. */
export const DEFAULT_CHUNK_MS = 60_000;

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #cropper: FaceCropper;
  readonly #times: Required<Pick<PipelineOptions, 'responseTimeMs' | 'chunkMs'>>;

  /** Use {@link createPipeline}. */
  constructor(
    options: PipelineOptions,
    cropper: FaceCropper,
    times: Required<Pick<PipelineOptions, 'responseTimeMs' | 'chunkMs'>>,
  ) {
    this.#options = options;
    this.#cropper = cropper;
    this.#times = times;
  }

  startVideo(): VideoState {
    const { model, detector } = this.#options;
    return {
      finder: new FaceFinder(detector, this.#times.chunkMs),
      follower: new FaceFollower({
        labels: model.labels,
        responseTimeMs: this.#times.responseTimeMs,
        highScoreThreshold: detector.trust?.highScoreThreshold ?? Infinity,
      }),
      view: undefined,
    };
  }

  prepareImage(picture: Frame): PreparedFrame {
    const frame = checkFrame(picture); // uint8 [height, width, channels]
    const { detector } = this.#options;
    const detections = detector.detectInPicture?.(frame) ?? detector.detect(frame); // faces × {box, score, keyPoints?}, in frame pixels
    return this.#prepare(frame, detections, (faces) => this.#toAnalysis(frame, faces));
  }

  prepareFrame(picture: Frame, timestampMs: number, video: VideoState): PreparedFrame {
    const { finish, ...reading } = this.prepareReading(picture, timestampMs, video);
    return { ...reading, finish: (outputs) => this.follow(finish(outputs), video) };
  }

  prepareReading(picture: Frame, timestampMs: number, { finder }: VideoState): PreparedFrame<Reading> {
    const frame = checkFrame(picture);
    const { detections, searched, cut, view } = finder.find(frame, timestampMs); // detections as above
    return this.#prepare(frame, detections, (faces) => ({
      ...this.#toAnalysis(frame, faces),
      ...{ timestampMs, searched },
      ...(cut !== undefined && { cut }),
      ...(view !== undefined && { view }),
    }));
  }

  /** @throws MienError `USAGE` if the time is before that of the previous reading */
  follow({ faces: read, ...reading }: Reading, video: VideoState): Analysis {
    const { follower, view: before } = video;
    const { width, height, timestampMs, searched, view, model, detector } = reading;
    const cut = reading.cut ?? (before !== undefined && view !== undefined && !isSameShot(before, view));
    video.view = view ?? before;
    if (cut) follower.startShot(); // faces of the shot before are not followed into this one
    const followed = follower.follow(read, timestampMs, reading); // faces × {id?, smoothed}
    const faces = read.map((face, index) => this.#withFollowed(face, followed[index]));
    return { width, height, timestampMs, searched, ...(cut && { cut }), model, detector, faces };
  }

  /** Continues a video after a frame that was analysed earlier; with its pixels, a cut right after it is found. */
  replay(analysis: Analysis, video: VideoState, picture?: Frame): void {
    const { timestampMs, faces, searched = true, cut = false } = analysis;
    if (timestampMs === undefined) return;
    const { finder, follower } = video;
    if (cut) follower.startShot();
    follower.follow(faces, timestampMs, analysis);
    const found = { detections: faces, searched, cut, timestampMs };
    video.view = finder.replay(found, analysis, picture === undefined ? undefined : checkFrame(picture));
  }

  #prepare<Result>(
    frame: Frame,
    detections: readonly Detection[],
    toResult: (faces: Face[]) => Result,
  ): PreparedFrame<Result> {
    const count = detections.length;
    const inputs = this.#cropper.cropFaces(frame, detections, this.#options.detector);
    return {
      count,
      inputs,
      finish: (outputs) => toResult(this.#readFaces(frame, detections, inputs, outputs)),
    };
  }

  /** The expression and quality of each face in this frame alone, in the order of the detections. */
  #readFaces(
    frame: Frame,
    detections: readonly Detection[],
    inputs: Float32Array,
    rawOutputs: Float32Array,
  ): Face[] {
    const { model, detector } = this.#options;
    const { labels, manifest } = model;
    const { input, crop, quality: thresholds = DEFAULT_QUALITY, calibration } = manifest;
    if (rawOutputs.length !== detections.length * labels.length) {
      throw new MienError(
        'MODEL_INVALID',
        `${manifest.id}: returned ${rawOutputs.length} numbers for ${detections.length} faces and ${labels.length} labels`,
      );
    }
    const outputs = withTemperature(rawOutputs, labels.length, calibration?.temperature ?? 1);
    const inputLength = input.height * input.width * input.channels;
    return detections.map(({ wholeBox, ...detection }, face) => {
      const row = outputs.subarray(face * labels.length, (face + 1) * labels.length);
      const found = { ...detection, ...(wholeBox && { wholeBox }) };
      const measured = {
        box: toFaceBox(found, detector), // at the scale that the classifier was trained for
        keyPoints: detection.keyPoints,
        transform: toCropTransform(found, detector, crop, input),
        crop: inputs.subarray(face * inputLength, (face + 1) * inputLength),
      };
      const measures = measureQuality(measured, frame, input);
      const verdict = judgeQuality(measures, detection.score, thresholds, detector.trust);
      const read = toProbabilities(row, labels);
      return { ...detection, ...read, quality: { verdict, measures }, unsure: this.#isUnsure(verdict, read) };
    });
  }

  /** Applies to the expression that is shown: the smoothed one if there is one. */
  #isUnsure(
    verdict: string,
    { probabilities, expression }: Pick<Face, 'probabilities' | 'expression'>,
  ): boolean {
    const { minMargin } = this.#options.model.manifest.quality ?? DEFAULT_QUALITY;
    return verdict !== 'good' || marginOf(probabilities, expression) < minMargin;
  }

  #withFollowed(face: Face, followed: FollowedFace | undefined): Face {
    if (followed === undefined) return face;
    const { id, smoothed } = followed;
    const unsure = this.#isUnsure(face.quality.verdict, smoothed);
    return { ...(id !== undefined && { id }), ...face, smoothed, unsure };
  }

  #toAnalysis({ width, height }: Frame, faces: Face[]): Analysis {
    const { model, detector } = this.#options;
    return { width, height, model: model.manifest.id, detector: detector.id, faces };
  }
}

/** @throws MienError `USAGE` if `responseTimeMs` is not from 0 to 60,000, or `chunkMs` not positive */
export async function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { model, responseTimeMs = DEFAULT_RESPONSE_TIME_MS, chunkMs = DEFAULT_CHUNK_MS } = options;
  checkResponseTime(responseTimeMs);
  if (!(chunkMs > 0)) throw new MienError('USAGE', `analyzer: chunkMs must be more than 0, got ${chunkMs}`);
  const { input, crop } = model.manifest;
  return new Pipeline(options, await createFaceCropper(input, crop), { responseTimeMs, chunkMs });
}
