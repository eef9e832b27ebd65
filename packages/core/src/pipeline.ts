/**
 * The way of one picture: frame → faces → crops → expressions → quality, and for one moment of a video also → who it
 * is → steadied over time. Each step is a file of its own; this one only lists them.
 */
import { toCropPlace } from './classify/crop-place.js';
import { toFaceBox } from './classify/face-box.js';
import { createFaceCropper } from './classify/face-cropper.js';
import { withTemperature } from './classify/temperature.js';
import { toProbabilities } from './classify/to-probabilities.js';
import type { Detection, Detector } from './detect/detector.js';
import { MienError } from './errors.js';
import { createFrame, type Frame } from './frame.js';
import { DEFAULT_QUALITY } from './model/quality-thresholds.js';
import { createPredictor, type Classifier } from './model/predictor.js';
import { judgeQuality, marginOf } from './quality/judge.js';
import { measureQuality } from './quality/measure-quality.js';
import type { Analysis, Face } from './result.js';
import { FaceFinder } from './track/face-finder.js';
import { FaceFollower, type FollowedFace } from './track/face-follower.js';

export interface AnalyzerOptions {
  /** Reads the expressions. */
  readonly model: Classifier;
  /** Finds the faces. It stays the caller's: disposing of the analyzer leaves it usable. */
  readonly detector: Detector;
  /**
   * How soon `analyzeFrame` shows that a face went from one clear expression to another, in milliseconds: shorter is
   * quicker, longer is calmer. 0 shows every reading as it is. Default 300.
   */
  readonly reactMs?: number;
}

export interface Analyzer {
  /**
   * Finds the faces of one upright picture and reads their expressions.
   *
   * No face is an empty list. The same picture gives the same result, whatever was analysed before.
   *
   * @throws MienError `USAGE` when the frame's sizes and data do not fit together, or after `dispose`.
   */
  analyzeImage(frame: Frame): Analysis;
  /**
   * The same for one moment of a video, and follows the faces from moment to moment: each has an `id` once it is
   * confirmed, and what it shows is steadied (`smoothed`) beside the reading of this moment alone.
   *
   * Moments may come at any rate. The same moments give the same results, however fast they are handed over.
   *
   * @param timestampMs the moment's presentation time, not before the one before it
   * @throws MienError `USAGE` as `analyzeImage`, and when time goes back: call `reset` to begin another video
   */
  analyzeFrame(frame: Frame, timestampMs: number): Analysis;
  /**
   * Takes note of a moment that was analysed before, by this analyzer or another one of the same settings: afterwards
   * `analyzeFrame` goes on as if it had seen it itself. For work that is interrupted and gone on with.
   *
   * @param moment as `analyzeFrame` returned it, or as JSON gave it back; a picture's is passed over
   * @throws MienError `USAGE` when time goes back
   */
  recall(moment: Analysis): void;
  /** Forgets the faces that were followed; the next one is number 1 again. */
  reset(): void;
  /** Lets go of the network and its memory; the analyzer must not be used afterwards. */
  dispose(): void;
}

const DEFAULT_REACT_MS = 300;
const MAX_REACT_MS = 60_000;

/**
 * Puts a model and a detector together.
 *
 * @throws MienError `MODEL_INVALID` when the model's graph cannot be compiled, `USAGE` for a reaction time that is not
 * from 0 to 60,000 ms.
 *
 * @example
 * const analyzer = await createAnalyzer({ model, detector });
 * const { faces } = analyzer.analyzeImage({ width: 640, height: 480, channels: 3, data: rgb });
 * for (const { box, expression } of faces) console.log(expression, box); // happy { x: 214, y: 75, … }
 */
export async function createAnalyzer({
  model,
  detector,
  reactMs = DEFAULT_REACT_MS,
}: AnalyzerOptions): Promise<Analyzer> {
  if (!(reactMs >= 0 && reactMs <= MAX_REACT_MS)) {
    throw new MienError('USAGE', `analyzer: reactMs must be from 0 to ${MAX_REACT_MS}, got ${reactMs}`);
  }
  const { manifest, labels } = model;
  const { input, crop, quality: thresholds = DEFAULT_QUALITY, calibration = { temperature: 1 } } = manifest;
  const [cropper, predictor] = await Promise.all([createFaceCropper(input, crop), createPredictor(model)]);
  const startFollowing = () => ({
    finder: new FaceFinder(detector),
    follower: new FaceFollower({ labels, reactMs, sureScore: detector.trust?.sureFrom ?? Infinity }),
  });
  let stages: { cropper: typeof cropper; predictor: typeof predictor } | undefined = { cropper, predictor };
  let following = startFollowing();

  const use = () => {
    if (stages === undefined)
      throw new MienError('USAGE', 'analyzer: used after dispose(); create another one');
    return stages;
  };

  /** What each face shows in this frame alone, in the order of the detections. */
  function readFaces(frame: Frame, detections: readonly Detection[]): Face[] {
    const { cropper, predictor } = use();
    const inputs = cropper.cropFaces(frame, detections, detector); // float32 [faces, height, width, channels]
    const raw = predictor.predict(inputs, detections.length); // float32 [faces, labels], each row sums to 1
    const outputs = withTemperature(raw, labels.length, calibration.temperature); // the same
    const inputLength = input.height * input.width * input.channels;
    return detections.map(({ wholeBox, ...detection }, face) => {
      const row = outputs.subarray(face * labels.length, (face + 1) * labels.length);
      const found = { ...detection, ...(wholeBox && { wholeBox }) };
      const measured = {
        box: toFaceBox(found, detector), // as large as the classifier knows faces
        keyPoints: detection.keyPoints,
        place: toCropPlace(found, detector, crop, input),
        crop: inputs.subarray(face * inputLength, (face + 1) * inputLength),
      };
      const measures = measureQuality(measured, frame, input);
      const verdict = judgeQuality(measures, detection.score, thresholds, detector.trust);
      const read = toProbabilities(row, labels);
      return { ...detection, ...read, quality: { verdict, measures }, unsure: isUnsure(verdict, read) };
    });
  }

  /** Of what is shown: the steadied reading where there is one. */
  function isUnsure(
    verdict: string,
    { probabilities, expression }: Pick<Face, 'probabilities' | 'expression'>,
  ): boolean {
    return verdict !== 'good' || marginOf(probabilities, expression) < thresholds.minMargin;
  }

  function withFollowed(face: Face, followed: FollowedFace | undefined): Face {
    if (followed === undefined) return face;
    const { id, smoothed } = followed;
    const unsure = isUnsure(face.quality.verdict, smoothed);
    return { ...(id !== undefined && { id }), ...face, smoothed, unsure };
  }

  const describe = ({ width, height }: Frame) => ({ width, height });
  const sources = { model: manifest.id, detector: detector.id };

  return {
    analyzeImage(picture) {
      use();
      const frame = createFrame(picture); // uint8 [height, width, channels]
      const detections = detector.detect(frame); // faces × {box, score, keyPoints?}, in pixels of the frame
      return { ...describe(frame), ...sources, faces: readFaces(frame, detections) };
    },
    analyzeFrame(picture, timestampMs) {
      use();
      const frame = createFrame(picture);
      const { finder, follower } = following;
      follower.checkTime(timestampMs);
      const detections = finder.find(frame, timestampMs); // as above, of those followed by a look at their place
      const faces = readFaces(frame, detections);
      const followed = follower.follow(faces, timestampMs, frame); // faces × {id?, smoothed}
      return {
        ...describe(frame),
        timestampMs,
        searched: finder.hasSearched,
        ...sources,
        faces: faces.map((face, index) => withFollowed(face, followed[index])),
      };
    },
    recall(moment) {
      const { timestampMs, faces, searched = true } = moment;
      if (timestampMs === undefined) return;
      following.follower.follow(faces, timestampMs, moment);
      following.finder.recall(faces, searched, timestampMs, moment);
    },
    reset() {
      following = startFollowing();
    },
    dispose() {
      stages = undefined;
    },
  };
}
