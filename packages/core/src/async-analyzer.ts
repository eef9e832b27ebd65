/**
 * The analyzer for models whose engine answers by promise.
 *
 * Calls run one at a time, in the order in which they were made: a frame's faces continue those of the frame before, and
 * engines such as onnxruntime-web run one batch at a time.
 */
import type { AnalyzerOptions } from './analyzer.js';
import { createAsyncPredictor } from './classify/create-predictor.js';
import { MienError } from './errors.js';
import type { Frame } from './frame.js';
import type { AsyncClassifier, AsyncPredictor } from './model/model.js';
import { createPipeline, type PreparedFrame } from './pipeline.js';
import type { Analysis } from './result.js';

export interface AsyncAnalyzerOptions extends Omit<AnalyzerOptions, 'model'> {
  /** Reads the expressions; any model will do. */
  readonly model: AsyncClassifier;
}

/**
 * An analyzer whose results come by promise.
 *
 * Overlapping calls are queued, and give the same results as calls that are awaited one by one. A queued call reads its
 * frame only when its turn comes: do not change `frame.data` before its promise has settled. For a camera, wait for each
 * result and skip the frames that came in the meantime, because the queue has no limit.
 *
 * A call that fails rejects its own promise and leaves the others alone.
 */
export interface AsyncAnalyzer {
  /** As {@link Analyzer.analyzeImage}; rejects where that throws, or if the model's engine fails. */
  analyzeImage(frame: Frame): Promise<Analysis>;
  /** As {@link Analyzer.analyzeFrame}; rejects where that throws, or if the model's engine fails. */
  analyzeFrame(frame: Frame, timestampMs: number): Promise<Analysis>;
  /** As {@link Analyzer.replay}. */
  replay(analysis: Analysis, frame?: Frame): Promise<void>;
  /** Forgets all followed faces. Frames of earlier calls, also of queued ones, still belong to the video before. */
  reset(): void;
  /** Waits for earlier calls, then releases the network. Later calls reject with `USAGE`. */
  dispose(): Promise<void>;
}

/**
 * Combines a model and a detector, for models that may answer by promise.
 *
 * @throws MienError as `createAnalyzer`, and whatever the model's engine throws while it starts
 *
 * @example
 * const analyzer = await createAsyncAnalyzer({ model, detector });
 * const { faces } = await analyzer.analyzeImage({ width: 640, height: 480, channels: 3, data: rgb });
 */
export async function createAsyncAnalyzer(options: AsyncAnalyzerOptions): Promise<AsyncAnalyzer> {
  const pipeline = await createPipeline(options);
  const predictor = await createAsyncPredictor(options.model);
  let video = pipeline.startVideo();
  let isDisposed = false;
  /** Settles when all calls made so far have; never rejects. */
  let queue: Promise<unknown> = Promise.resolve();

  function enqueue<Result>(task: () => Promise<Result> | Result): Promise<Result> {
    if (isDisposed) {
      return Promise.reject(new MienError('USAGE', 'analyzer: used after dispose(); create another one'));
    }
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  }

  return {
    analyzeImage: (frame) => enqueue(() => finish(pipeline.prepareImage(frame), predictor)),
    analyzeFrame(frame, timestampMs) {
      const current = video;
      return enqueue(() => finish(pipeline.prepareFrame(frame, timestampMs, current), predictor));
    },
    replay(analysis, frame) {
      const current = video;
      return enqueue(() => {
        pipeline.replay(analysis, current, frame);
      });
    },
    reset() {
      if (!isDisposed) video = pipeline.startVideo();
    },
    dispose() {
      if (isDisposed) return queue.then(() => undefined);
      const released = enqueue(() => predictor.dispose?.());
      isDisposed = true;
      return released;
    },
  };
}

async function finish(
  { count, inputs, finish }: PreparedFrame,
  predictor: AsyncPredictor,
): Promise<Analysis> {
  return finish(count === 0 ? inputs : await predictor.predict(inputs, count));
}
