/**
 * ONNX models that ask for more than our engine can, computed by onnxruntime-web where the page provides it. It is never a
 * dependency, and it is loaded only for such a model.
 */
import {
  createAsyncExternalModel,
  MienError,
  type AsyncExternalModel,
  type AsyncPredictor,
} from '@mien/core';
import { findOnnxPicture, outlineOnnx, splitPictures, type PictureInput } from '@mien/formats';
import {
  checkContract,
  findContract,
  toModelId,
  type ContractHints,
  type ModelContract,
  type ModelFile,
} from '@mien/formats/model-file';

/** What of onnxruntime-web's interface is used here. */
interface OnnxRuntime {
  readonly env: {
    readonly versions?: { readonly web?: string };
    readonly wasm: { numThreads?: number; proxy?: boolean };
  };
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { data: unknown }>>>;
  release(): Promise<void>;
}

/** Errors only: warnings about a model are of no use to those who run it. */
const LOG_ERRORS = 3;

export interface OnnxRuntimeOptions {
  readonly contract: ModelContract;
  readonly hints: ContractHints;
  /** Address of the module; `undefined` where the page has none. */
  readonly url: string | undefined;
  /** Why our own engine refused the file. */
  readonly reason: Error;
}

/**
 * @throws MienError `UNSUPPORTED` where the page has no onnxruntime-web, or that refuses the model as well; says what our
 *   engine lacks
 */
export async function openInOnnxRuntime(
  file: Pick<ModelFile, 'path' | 'bytes' | 'manifest'>,
  { contract, hints, url, reason }: OnnxRuntimeOptions,
): Promise<AsyncExternalModel> {
  const { path, bytes, manifest } = file;
  const outline = outlineOnnx(bytes, path);
  const lacking = outline.operators.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
  if (url === undefined) {
    const what = lacking.length === 0 ? reason.message : `${path}: Mien's engine lacks ${lacking.join(', ')}`;
    const advice = 'give onnxRuntimeUrl, the address of onnxruntime-web, in which it runs';
    throw new MienError('UNSUPPORTED', `${what}; ${advice}`, { cause: reason });
  }
  const picture = findOnnxPicture(bytes, path);
  if (picture.shape.includes(0)) throw reason; // It says that a size is left open, and what to do.
  const known = await findContract({ ...file, contract }, outline);
  const [, classes = 'unnamed'] = outline.outputs[0]?.dims ?? [];
  if (manifest === undefined) checkContract(known, path, String(classes), hints);

  const runtime = await loadRuntime(url);
  const predictor = await createOnnxPredictor(runtime, bytes, picture, path);
  return createAsyncExternalModel({
    manifest,
    bytes,
    ...known,
    network: { name: outline.name === '' ? toModelId(path) : outline.name, inputShape: picture.shape },
    source: path,
    id: toModelId(path),
    engine: `onnxruntime-web ${runtime.env.versions?.web ?? ''}`.trimEnd(),
    createAsyncPredictor: async () => predictor,
  });
}

async function loadRuntime(url: string): Promise<OnnxRuntime> {
  try {
    const runtime = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as OnnxRuntime;
    // Threads would need a page that is cross-origin isolated, and a script of their own.
    runtime.env.wasm.numThreads = 1;
    return runtime;
  } catch (cause) {
    throw new MienError(
      'NOT_FOUND',
      `onnxRuntimeUrl: ${url} could not be loaded as a module; name ort.wasm.bundle.min.mjs of onnxruntime-web`,
      { cause },
    );
  }
}

async function createOnnxPredictor(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  picture: PictureInput,
  source: string,
): Promise<AsyncPredictor> {
  const session = await runtime.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    logSeverityLevel: LOG_ERRORS,
  }).catch((cause: unknown) => {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new MienError('UNSUPPORTED', `${source}: onnxruntime-web cannot run it: ${problem}`, { cause });
  });
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  return {
    async predict(inputs, count) {
      const parts: Float32Array[] = [];
      for (const { data, dims } of splitPictures(picture, inputs, count)) {
        const results = await session.run({ [input]: new runtime.Tensor('float32', data, dims) });
        const values = results[output]?.data;
        if (!(values instanceof Float32Array)) {
          throw new MienError('MODEL_INVALID', `${source}: its output ${output} is not float32`);
        }
        parts.push(values);
      }
      const outputs = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
      let offset = 0;
      for (const part of parts) {
        outputs.set(part, offset);
        offset += part.length;
      }
      return outputs;
    },
    dispose: () => session.release(),
  };
}
