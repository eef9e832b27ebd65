/** Messages between the page and its worker. Every task gets one response with the same id. */
import type { Analysis, ClassifierManifest, Explanation, Frame, SearchMode } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import type { ModelContract } from '@mien/formats/model-file';
import type { ErrorData } from './error-data.js';

/** Files that the worker loads on demand. Each is self-contained: import maps and bundlers do not apply inside workers. */
export const PARTS = ['kernels-relaxed', 'kernels-simd', 'formats', 'hdf5', 'explain'] as const;
export type PartName = (typeof PARTS)[number];
export type PartUrls = Readonly<Record<PartName, string>>;

/** The files of a model. */
export interface ModelBytes {
  /** Name for error messages: an id, a file name or a URL. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /** As `JSON.parse` returns it; absent for files that need none. */
  readonly manifest?: unknown;
  /** Further files that were given with it, by their names: weights that are stored apart. */
  readonly beside?: Readonly<Record<string, Uint8Array>>;
  /** Where further files are fetched from. */
  readonly baseUrl?: string;
}

/** A picture as it is sent to the worker. */
export type Picture =
  | { readonly kind: 'image'; readonly image: ImageBitmap | VideoFrame }
  | { readonly kind: 'file'; readonly file: Blob }
  | { readonly kind: 'pixels'; readonly frame: Frame; readonly mayBeTransparent: boolean };

export interface OpenTask {
  readonly kind: 'open';
  readonly parts: PartUrls;
  readonly model: ModelBytes;
  /** What the caller states of a model whose file does not. */
  readonly contract: ModelContract;
  /** URL of onnxruntime-web's module, for ONNX models that our engine cannot run. */
  readonly onnxRuntimeUrl: string | undefined;
  readonly detector: ModelBytes;
  readonly responseTimeMs: number | undefined;
  /** Web Lock that the worker holds until it ends. */
  readonly lockName: string;
}

/** A picture, or the next frame of a stream. */
export interface AnalyzeTask {
  readonly kind: 'analyze';
  readonly picture: Picture;
  readonly frame?: FrameOfStream;
  /** Whether the answer has the faces' crops. */
  readonly crops?: boolean;
}

/** A face as the network sees it: cropped, upright where the model asks for it, in the size and colours of its input. */
export interface FaceCrop {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `[height, width, channels]`: 0 and 255 are the ends of the range of the network's input. */
  readonly data: Uint8Array;
}

/** An analysis that was asked for with `crops`. */
export interface AnalysisWithCrops extends Analysis {
  /** One for each face, in their order. */
  readonly crops: readonly FaceCrop[];
}

/** Which parts of a crop an expression hangs on. */
export interface ExplainTask {
  readonly kind: 'explain';
  readonly crop: FaceCrop;
  readonly expression: string;
}

/** The layers of the network. */
export interface DescribeTask {
  readonly kind: 'describe';
}

export interface FrameOfStream {
  readonly stream: number;
  /** The same for all frames of a stream. */
  readonly search: SearchMode;
  readonly timestampMs: number;
  /** Whether the time decreased: earlier faces are forgotten. */
  readonly restarts: boolean;
}

export interface Opened {
  readonly manifest: ClassifierManifest;
  /** The engine that runs the model. */
  readonly engine: string;
  readonly detector: string;
  /** What was assumed of the model's file, or changed. */
  readonly notices: readonly string[];
}

/** The result of each kind of task. */
export interface Answers {
  readonly open: Opened;
  readonly analyze: Analysis | AnalysisWithCrops;
  readonly explain: Explanation;
  readonly describe: Graph;
}
export type Task = OpenTask | AnalyzeTask | ExplainTask | DescribeTask;

/** To the worker. Notes get no response. */
export type Request =
  | { readonly id: number; readonly task: Task }
  /** Drops a task that has not started. */
  | { readonly note: 'cancel'; readonly id: number }
  /** Forgets the faces of every stream. */
  | { readonly note: 'reset' }
  | { readonly note: 'closeStream'; readonly stream: number }
  /** Closes the pictures of tasks that have not started, and ends the worker. */
  | { readonly note: 'end' };

/** From the worker. */
export type Response =
  | { readonly id: number; readonly result: Answers[keyof Answers] }
  | { readonly id: number; readonly error: ErrorData }
  /** To a task that was cancelled before it started: its picture is closed. */
  | { readonly id: number; readonly dropped: true };
