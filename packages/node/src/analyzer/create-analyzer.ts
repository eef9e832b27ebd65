/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The entry point of the library: a model and a detector, loaded once, for any number of pictures and videos.
 *
 *   analyze(source)   path, URL, bytes or pixels → frame → faces and expressions
 *   frames(source)    video, animation, camera or stream → frame after frame, with faces that are followed
 *   follow()          the same for frames that the caller has, such as those of a connection
 *
 * All calls share one network and one detector. Each call of `frames()` and `follow()` has a follower of its own, so that videos that are
 * analysed at the same time do not mix their faces: no lock is needed.
 */
import {
  createAsyncAnalyzer,
  createExplainer,
  checkOptions,
  MienError,
  type Analysis,
  type ClassifierManifest,
  type Explainer,
} from '@mien/core';
import { enableRelaxedSimd } from '../enable-relaxed-simd.js';
import {
  analyzeFrames,
  toSampling,
  type FramesOptions,
  type FramesSource,
  type VideoResult,
} from './analyze-frames.js';
import { explainPicture, requireExpression, type ExplainedFace } from './explain-picture.js';
import {
  loadClassifier,
  loadDetector,
  type ClassifierSettings,
  type DetectorSource,
  type ModelSource,
} from './load-parts.js';
import { followFrames, type FrameFollower } from './follow-frames.js';
import { readPictureSource, type PictureSource } from './read-picture-source.js';
import { sharePredictor } from './share-predictor.js';

export interface AnalyzerOptions extends ClassifierSettings {
  /** Reads the expressions: the id of an installed model, a path, or a file's bytes. Default `nano`. */
  readonly model?: ModelSource;
  /** Finds the faces: `blazeface` (default), `haar`, or a YuNet file (.onnx) by its path or bytes. */
  readonly detector?: DetectorSource;
  /**
   * How soon `frames()` shows a change from one clear expression to another, in milliseconds, from 0 to 60,000. Longer is
   * calmer; 0 does not smooth. Default 300.
   */
  readonly responseTimeMs?: number;
}

/** All options, so that a misspelt one is refused instead of ignored. */
const OPTIONS: Readonly<Record<keyof AnalyzerOptions, true>> = {
  model: true,
  detector: true,
  responseTimeMs: true,
  manifest: true,
  modelFiles: true,
  labels: true,
  inputRange: true,
  inputLayout: true,
  outputs: true,
  normalization: true,
  inputMean: true,
  inputStd: true,
  channelOrder: true,
  crop: true,
};

export interface AnalyzeOptions {
  /** Cancels a download: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ExplainOptions extends AnalyzeOptions {
  /** One of the model's labels, for every face. Default: the expression that was read in each. */
  readonly expression?: string;
}

export interface Analyzer extends AsyncDisposable {
  /** The model's manifest: id, labels, licence. */
  readonly model: ClassifierManifest;
  /** What was assumed of the model's file or changed, in lines for people: labels of a known network, a softmax. */
  readonly notices: readonly string[];
  /** Id of the detector, as in results. */
  readonly detector: string;
  /**
   * Detects the faces of one picture and reads their expressions. Of an animation, the first frame is read.
   *
   * Boxes are in pixels of the upright picture; `faces` is empty if there are none. Calls may overlap. A string is a path
   * or an address (`http:`, `https:`, `file:`): pass bytes for what strangers upload, not the name that they gave it.
   *
   * @throws MienError `INPUT_UNREADABLE`, `INPUT_INVALID` or `INPUT_TOO_LARGE` for a picture that cannot be read, `USAGE`
   *   for pixels whose sizes do not match and after `dispose`
   */
  analyze(source: PictureSource, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * As `analyze`, and shows for each face which parts of its crop the reading hangs on, as a heat map over the crop
   * (`explanation.heat`, 0…1): what the network's result hangs on, neither a cause nor anything about the person.
   *
   * @throws MienError as `analyze`, and `USAGE` for an expression that the model does not have
   *
   * @example
   * const [face] = await mien.explain('portrait.jpg');
   * console.log(face?.expression, face?.explanation.method); // happy hires-cam
   */
  explain(source: PictureSource, options?: ExplainOptions): Promise<ExplainedFace[]>;
  /**
   * Analyses a video frame by frame and follows its faces: each has an `id` and `smoothed` values.
   *
   * Takes a video file, an animation, a camera (`camera:0`) or a stream (`rtsp://…`, `https://…`); all but animations
   * need ffmpeg. A frame is decoded when the loop asks for it, so memory does not grow with the length of the video.
   * Leaving the loop stops the decoding. Calls may overlap; each numbers its faces from 1.
   *
   * @throws MienError `USAGE` for a time that cannot be understood; while reading, also what `analyze` throws, and
   *   `UNSUPPORTED` without ffmpeg. Results until then have been returned.
   */
  frames(source: FramesSource, options?: FramesOptions): AsyncGenerator<VideoResult, void, void>;
  /**
   * Follows faces through frames that you pass one by one, such as pictures that come over a connection.
   *
   * @throws MienError `USAGE` after `dispose`
   *
   * @example
   * const follower = await mien.follow();
   * const { faces } = await follower.analyze(jpegBytes, performance.now());
   * console.log(faces[0]?.id, faces[0]?.smoothed?.expression);
   */
  follow(): Promise<FrameFollower>;
  /**
   * Waits for calls of `analyze`, then releases the network. Loops over `frames()` and followers fail at their next frame.
   * Further calls return the same promise.
   */
  dispose(): Promise<void>;
}

/**
 * Loads a model and a detector. Without options, both are those that are installed with this package.
 *
 * Everything runs in this process. Reading a frame blocks the event loop for as long as it takes (some 10 ms); use a
 * worker thread where that matters. In Node 20 this turns on relaxed SIMD, a flag of the whole process.
 *
 * @throws MienError `NOT_FOUND` for an unknown model, `MODEL_INVALID`, `UNSUPPORTED`, `USAGE` for a bad option
 *
 * @example
 * const mien = await createAnalyzer();
 * const { faces } = await mien.analyze('portrait.jpg');
 * for await (const { timestampMs, faces } of mien.frames('talk.mp4', { every: '200ms' })) {
 *   console.log(timestampMs, faces.map(({ id, smoothed }) => `${id} ${smoothed?.expression}`));
 * }
 * await mien.dispose();
 */
export async function createAnalyzer(options: AnalyzerOptions = {}): Promise<Analyzer> {
  checkOptions(options, OPTIONS);
  enableRelaxedSimd(); // before kernels are compiled
  const { responseTimeMs } = options;
  const [classifier, detector] = await Promise.all([
    loadClassifier(options.model, options),
    loadDetector(options.detector),
  ]);
  const shared = await sharePredictor(classifier);
  const createFollower = () =>
    createAsyncAnalyzer({
      model: shared.model,
      detector,
      ...(responseTimeMs !== undefined && { responseTimeMs }),
    });
  const pictures = await createFollower().catch(async (error: unknown) => {
    await shared.dispose(); // Nobody else would release the network.
    throw error;
  });
  let explainer: Promise<Explainer> | undefined;
  let isDisposed = false;
  const requireUsable = () => {
    if (isDisposed) throw new MienError('USAGE', 'analyzer: used after dispose(); create another one');
  };
  const release = async () => {
    isDisposed = true;
    try {
      await pictures.dispose();
      await (await explainer?.catch(() => undefined))?.dispose(); // `explain` has reported its error.
    } finally {
      await shared.dispose();
    }
  };
  let disposing: Promise<void> | undefined;
  const dispose = () => (disposing ??= release());
  return {
    model: classifier.manifest,
    notices: classifier.notices ?? [],
    detector: detector.id,
    async analyze(source, { signal } = {}) {
      requireUsable();
      const frame = await readPictureSource(source, signal);
      return pictures.analyzeImage(frame);
    },
    async explain(source, { expression, signal } = {}) {
      requireUsable();
      requireExpression(classifier, expression);
      const frame = await readPictureSource(source, signal);
      // A network of another engine keeps its one session.
      explainer ??= createExplainer('graph' in classifier ? classifier : shared.model).catch(
        (error: unknown) => {
          explainer = undefined; // The next call tries again.
          throw error;
        },
      );
      return explainPicture(frame, { model: shared.model, detector, explainer: await explainer }, expression);
    },
    frames(source, options = {}) {
      requireUsable();
      return analyzeFrames(source, toSampling(options), createFollower, requireUsable);
    },
    async follow() {
      requireUsable();
      return followFrames(await createFollower(), requireUsable);
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
