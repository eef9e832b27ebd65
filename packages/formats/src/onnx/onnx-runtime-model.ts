/**
 * ONNX models that need more than our engine can do, run by an onnxruntime that the caller has loaded: in a page
 * onnxruntime-web, in Node also onnxruntime-node. It is not a dependency of this package.
 */
import {
  createAsyncExternalModel,
  MienError,
  type AsyncExternalModel,
  type AsyncPredictor,
  type CropGeometry,
  type InputLayout,
  type InputNormalization,
  type OutputKind,
} from '@mien/core';
import { runOnnxBatches, type OnnxBatchOptions } from './onnx-batches.js';
import { findOnnxPicture, outlineOnnx } from './outline-onnx.js';

/** The part of onnxruntime's interface that is used here; all its packages have it. */
export interface OnnxRuntime {
  readonly env?: { readonly versions?: { readonly common?: string } };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  // A method, so that onnxruntime's own, narrower types fit.
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  release?(): Promise<void>;
}

export interface OnnxRuntimeModelOptions {
  /** The module `onnxruntime-web`, `onnxruntime-node` or one of their builds. */
  readonly runtime: OnnxRuntime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** Name for error messages, such as the file's path or URL. */
  readonly source: string;
  /** The model's manifest, as `JSON.parse` returns it. Without one, the next three are needed or in the file itself. */
  readonly manifest?: unknown;
  /** The meaning of the outputs, in their order. Default: from the file, if Mien wrote it. */
  readonly labels?: readonly string[];
  /** Values that the samples 0 and 255 are mapped to. Default: from the file, if Mien wrote it. */
  readonly inputRange?: readonly [low: number, high: number];
  /** Means, deviations and order of the channels, after the range. Default: from the file, if Mien wrote it. */
  readonly normalization?: InputNormalization;
  /** Order of the axes of its input. Default: as the file tells. */
  readonly inputLayout?: InputLayout;
  /** What the outputs are. Default: what the file's last operators tell; other numbers than probabilities are refused. */
  readonly outputs?: OutputKind;
  /** What was assumed of the file, in lines for people. */
  readonly notices?: readonly string[];
  /** Default: from the file, if Mien wrote it, otherwise as FER2013. */
  readonly crop?: CropGeometry;
  /** Id in results, if there is no manifest. Default: the network's name in lower case. */
  readonly id?: string;
  /** Name and version of the engine, for people. Default: `onnxruntime` and the version of its common part. */
  readonly engine?: string;
  /** Options of `InferenceSession.create`, such as `executionProviders`. */
  readonly session?: object;
}

/**
 * Makes a model of an ONNX file for `createAsyncAnalyzer`. The session starts when the analyzer is created, and is
 * released with it.
 *
 * @throws MienError `MODEL_INVALID` for a damaged file, or if labels or input range are missing; `UNSUPPORTED` if the
 *   network takes something else than one picture of a fixed size. `createAsyncAnalyzer` throws `UNSUPPORTED` if
 *   onnxruntime cannot run the model.
 *
 * @example
 * import * as ort from 'onnxruntime-web';
 * const model = await createOnnxRuntimeModel({ runtime: ort, bytes, source: 'fer.onnx', labels, inputRange: [-1, 1] });
 * const analyzer = await createAsyncAnalyzer({ model, detector });
 */
export async function createOnnxRuntimeModel(options: OnnxRuntimeModelOptions): Promise<AsyncExternalModel> {
  const { runtime, bytes, source, manifest, session } = options;
  const outline = outlineOnnx(bytes, source);
  const picture = findOnnxPicture(bytes, source, options.inputLayout);
  if (picture.shape.includes(0)) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: input "${picture.name}" [${picture.dims.join(', ')}] leaves its size open; export the model for one size`,
    );
  }
  const { labels = outline.labels, inputRange = outline.inputRange, crop = outline.crop } = options;
  const { normalization = outline.normalization, outputs = outline.outputKind, notices } = options;
  const name = outline.name === '' ? source : outline.name;
  const model: AsyncExternalModel = await createAsyncExternalModel({
    manifest,
    bytes,
    source,
    network: { name, inputShape: picture.shape },
    ...(labels && { labels }),
    ...(inputRange && { inputRange }),
    ...(normalization && { normalization }),
    ...(outputs && { outputs }),
    ...(notices && { notices }),
    ...(crop && { crop }),
    id: options.id ?? toId(name),
    engine: options.engine ?? `onnxruntime ${runtime.env?.versions?.common ?? ''}`.trim(),
    createAsyncPredictor: () =>
      openSession(runtime, bytes, { picture, classes: model.labels.length, source }, session),
  });
  return model;
}

async function openSession(
  { InferenceSession, Tensor }: OnnxRuntime,
  bytes: Uint8Array,
  batches: OnnxBatchOptions,
  options: object | undefined,
): Promise<AsyncPredictor> {
  const { source } = batches;
  const refused = (cause: unknown) => {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return new MienError('UNSUPPORTED', `${source}: onnxruntime cannot run it: ${problem}`, { cause });
  };
  let session: OnnxSession;
  try {
    session = await InferenceSession.create(bytes, options);
  } catch (cause) {
    throw refused(cause);
  }
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  return {
    async predict(inputs, count) {
      const runs = runOnnxBatches(batches, inputs, count);
      let next = runs.next();
      while (next.done !== true) {
        const { data, dims } = next.value;
        let results: Awaited<ReturnType<OnnxSession['run']>>;
        try {
          results = await session.run({ [input]: new Tensor('float32', data, dims) });
        } catch (cause) {
          throw refused(cause);
        }
        const values = results[output]?.data;
        if (!(values instanceof Float32Array)) {
          throw new MienError('UNSUPPORTED', `${source}: its output "${output}" is not float32`);
        }
        next = runs.next(values);
      }
      return next.value;
    },
    async dispose() {
      await session.release?.();
    },
  };
}

/** An id as manifests have it: lower-case words joined by hyphens. */
function toId(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g);
  return words === null ? 'onnx' : words.join('-');
}
