/** What a page can ask of an analyzer. */
import type { Analysis, ClassifierManifest, Explanation, SearchMode } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import type { AnalysisWithCrops, FaceCrop } from './protocol/messages.js';
import type { AnalysisSource } from './to-picture.js';
import type { OnResult, WatchOptions } from './watch-video.js';

export interface AnalyzeOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the result has each face's crop, as the network sees it. Default false. */
  readonly crops?: boolean;
}
export interface FrameOptions extends AnalyzeOptions {
  /**
   * How thoroughly a frame is searched for new faces: `camera` is fast enough for every frame of a camera, `picture` also
   * finds small faces, as Node does in videos. Frames of the two are followed apart. Default `camera`.
   */
  readonly search?: SearchMode;
}
export type WithCrops<Options> = Options & { readonly crops: true };

export interface Analyzer {
  /** The model's manifest: id, labels, licence. */
  readonly model: ClassifierManifest;
  /** What was assumed of the model's file or changed, in lines for people: labels of a known network, a softmax. */
  readonly notices: readonly string[];
  /** The engine that runs the model: `mien`, or `onnxruntime-web` and its version. */
  readonly engine: string;
  /** Id of the detector, as in results. */
  readonly detector: string;
  /**
   * Detects the faces in a picture and reads their expressions. Boxes are in pixels of the upright picture. `faces` is
   * empty if there are none. The source may be changed or closed right after the call.
   *
   * @throws MienError `INPUT_INVALID` if the picture cannot be decoded, `INPUT_TOO_LARGE`, `USAGE` for an unknown type
   *   of source or a picture of another origin, `WORKER_FAILED`; the signal's reason
   */
  analyze(source: AnalysisSource, options: WithCrops<AnalyzeOptions>): Promise<AnalysisWithCrops>;
  analyze(source: AnalysisSource, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * As `analyze`, for one frame of a video: follows the faces from frame to frame and gives each an `id` once it is
   * confirmed, and `smoothed` values.
   *
   * @param timestampMs time of the frame; must not decrease, unless `reset` was called
   * @throws MienError as `analyze`, and `USAGE` if the time decreases or for an unknown `search`
   */
  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    options: WithCrops<FrameOptions>,
  ): Promise<AnalysisWithCrops>;
  analyzeFrame(source: AnalysisSource, timestampMs: number, options?: FrameOptions): Promise<Analysis>;
  /**
   * Analyses the newest frame of a video or camera, over and over, and follows the faces. Frames that arrive while another
   * is analysed are skipped; nothing is queued. A seek backwards starts again with new ids.
   *
   * @param onResult called with each result; its `timestampMs` is the position in the video, or for a camera the time since its
   *   first frame
   * @returns a function that stops it; `onResult` is not called afterwards
   */
  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    options: WithCrops<WatchOptions>,
  ): () => void;
  watch(video: HTMLVideoElement, onResult: OnResult, options?: WatchOptions): () => void;
  /**
   * Shows which parts of a crop an expression hangs on, as a heat map over the crop. A network of Mien's engine is asked by
   * gradients, in about the time of two faces: for camera frames too. For one that onnxruntime-web runs, parts of the crop
   * are covered in turn, in the time of some 145 faces.
   *
   * It shows what the network's result hangs on, for this crop: neither a cause, nor anything about the person.
   *
   * @param crop of a result that was asked for with `crops`
   * @param expression one of the model's labels
   * @throws MienError `USAGE` for a crop of another model's size, or an expression that the model does not have
   */
  explain(crop: FaceCrop, expression: string, options?: Pick<AnalyzeOptions, 'signal'>): Promise<Explanation>;
  /**
   * The network that reads the expressions: its layers in topological order, with their settings and connections, without
   * weights. `describeGraph` of @mien/core/nn computes shapes, parameters and cost from it.
   *
   * @throws MienError `UNSUPPORTED` if another engine than Mien's runs the model
   */
  describe(): Promise<Graph>;
  /** Forgets all followed faces; ids start at 1 again. */
  reset(): void;
  /** Ends the worker and frees its memory, at the latest after a second. Pending calls are rejected at once. */
  dispose(): void;
}
