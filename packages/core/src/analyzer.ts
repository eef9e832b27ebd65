import { createPredictor } from './classify/create-predictor.js';
import type { Detector } from './detect/detector.js';
import { MienError } from './errors.js';
import type { Frame } from './frame.js';
import type { Classifier } from './model/model.js';
import { createPipeline, type PreparedFrame } from './pipeline.js';
import type { Reading } from './reading.js';
import type { Analysis } from './result.js';

export interface AnalyzerOptions {
  /** Reads the expressions. */
  readonly model: Classifier;
  /** Detects the faces. The caller keeps owning it: `dispose` of the analyzer does not dispose of it. */
  readonly detector: Detector;
  /**
   * How soon `analyzeFrame` shows a change from one clear expression to another, in milliseconds, from 0 to 60,000.
   * Longer is calmer; 0 does not smooth. Default 300.
   */
  readonly responseTimeMs?: number;
  /**
   * The search for faces starts anew at each multiple of this time, so that a long video can be read in chunks that give the
   * same results (see {@link Analyzer.readFrame}). In milliseconds, more than 0. Default 60,000.
   */
  readonly chunkMs?: number;
}

export interface Analyzer {
  /**
   * Detects the faces of one upright picture and reads their expressions.
   *
   * `faces` is empty if there are none. The result depends on the picture alone, not on earlier calls.
   *
   * @throws MienError `USAGE` if the frame's size and data do not match, or after `dispose`
   */
  analyzeImage(frame: Frame): Analysis;
  /**
   * Analyses one frame of a video and follows the faces from frame to frame: each gets an `id` once it is confirmed, and
   * `smoothed` beside the reading of this frame alone.
   *
   * Frames may come at any rate. The same frames give the same results, however fast they are analysed.
   *
   * @param timestampMs presentation time of the frame, not before that of the previous frame
   * @throws MienError `USAGE` as `analyzeImage`, and if time goes back: call `reset` before another video
   */
  analyzeFrame(frame: Frame, timestampMs: number): Analysis;
  /**
   * Reads one frame of a video without following its faces: the first half of `analyzeFrame`, and nearly all of its work.
   *
   * A reading depends on the frames of its own chunk alone (`chunkMs`). So several processes can read the chunks of a video in
   * any order, each from the first frame of a chunk on; `followReading` of all readings, in the order of their times, then
   * gives what `analyzeFrame` gives.
   *
   * @param timestampMs presentation time of the frame, not before that of the previous frame
   * @throws MienError as `analyzeFrame`
   */
  readFrame(frame: Frame, timestampMs: number): Reading;
  /**
   * Follows the faces of the next reading: the second half of `analyzeFrame`.
   *
   * @param reading a result of `readFrame` of an analyzer with the same settings, also after a round trip through JSON
   * @throws MienError `USAGE` if time goes back, or after `dispose`
   */
  followReading(reading: Reading): Analysis;
  /**
   * Continues a video after a frame that was analysed earlier, by this analyzer or one with the same settings, as if
   * `analyzeFrame` had just analysed it. Use it to resume interrupted work: replay all earlier frames in their order.
   *
   * @param analysis a result of `analyzeFrame`, also after a round trip through JSON; results of pictures are ignored
   * @param frame its pixels, needed only for the last one: without them, a cut right after it is not found
   * @throws MienError `USAGE` if time goes back, or after `dispose`
   */
  replay(analysis: Analysis, frame?: Frame): void;
  /** Forgets all followed faces, before another video; ids start at 1 again. */
  reset(): void;
  /** Releases the network and its memory; the analyzer must not be used afterwards. */
  dispose(): void;
}

/**
 * Combines a model and a detector.
 *
 * @throws MienError `MODEL_INVALID` if the model's graph cannot be compiled, `USAGE` if a time is out of range
 *
 * @example
 * const analyzer = await createAnalyzer({ model, detector });
 * const { faces } = analyzer.analyzeImage({ width: 640, height: 480, channels: 3, data: rgb });
 * for (const { box, expression } of faces) console.log(expression, box); // happy { x: 214, y: 75, … }
 */
export async function createAnalyzer(options: AnalyzerOptions): Promise<Analyzer> {
  const [pipeline, predictor] = await Promise.all([createPipeline(options), createPredictor(options.model)]);
  // Undefined after dispose(), so that the memory is freed even while the analyzer is referenced.
  let stages: { pipeline: typeof pipeline; predictor: typeof predictor } | undefined = {
    pipeline,
    predictor,
  };
  let video = pipeline.startVideo();

  const use = () => {
    if (stages === undefined)
      throw new MienError('USAGE', 'analyzer: used after dispose(); create another one');
    return stages;
  };
  const finish = <Result>({ count, inputs, finish }: PreparedFrame<Result>): Result =>
    finish(count === 0 ? inputs : use().predictor.predict(inputs, count));

  return {
    analyzeImage: (frame) => finish(use().pipeline.prepareImage(frame)),
    analyzeFrame: (frame, timestampMs) => finish(use().pipeline.prepareFrame(frame, timestampMs, video)),
    readFrame: (frame, timestampMs) => finish(use().pipeline.prepareReading(frame, timestampMs, video)),
    followReading: (reading) => use().pipeline.follow(reading, video),
    replay(analysis, frame) {
      use().pipeline.replay(analysis, video, frame);
    },
    reset() {
      if (stages !== undefined) video = stages.pipeline.startVideo();
    },
    dispose() {
      stages = undefined;
    },
  };
}
