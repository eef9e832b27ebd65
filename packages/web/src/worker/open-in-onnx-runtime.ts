/**
 * ONNX models that ask for more than our engine can, computed by onnxruntime-web where the page provides it. It is never a
 * dependency, and it is loaded only for such a model.
 */
import { MienError, type AsyncExternalModel, type AsyncPredictor } from '@mien/core';
import { createOnnxRuntimeModel, outlineOnnx, type OnnxRuntime } from '@mien/formats';
import {
  checkContract,
  findContract,
  toModelId,
  type ContractHints,
  type ModelContract,
  type ModelFile,
} from '@mien/formats/model-file';

/** What of onnxruntime-web's module is used here, beside what every onnxruntime has. */
interface OnnxRuntimeWeb extends OnnxRuntime {
  readonly env: {
    readonly versions?: { readonly common?: string; readonly web?: string };
    readonly wasm: { numThreads?: number };
  };
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
  if (url === undefined) {
    const lacking = outline.operators.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
    const what = lacking.length === 0 ? reason.message : `${path}: Mien's engine lacks ${lacking.join(', ')}`;
    const advice = 'give onnxRuntimeUrl, the address of onnxruntime-web, in which it runs';
    throw new MienError('UNSUPPORTED', `${what}; ${advice}`, { cause: reason });
  }
  const known = await findContract({ ...file, contract }, outline);
  const [, classes = 'unnamed'] = outline.outputs[0]?.dims ?? [];
  if (manifest === undefined) checkContract(known, path, String(classes), hints);

  const runtime = await loadRuntime(url);
  const { versions } = runtime.env;
  const model = await createOnnxRuntimeModel({
    runtime,
    bytes,
    source: path,
    ...(manifest !== undefined && { manifest }),
    ...known,
    id: toModelId(path),
    engine: `onnxruntime-web ${versions?.web ?? versions?.common ?? ''}`.trimEnd(),
    session: { executionProviders: ['wasm'], logSeverityLevel: LOG_ERRORS },
  });
  // One session for pictures and all streams: the worker does one thing after the other.
  let predictor: Promise<AsyncPredictor> | undefined;
  return { ...model, createAsyncPredictor: () => (predictor ??= model.createAsyncPredictor()) };
}

async function loadRuntime(url: string): Promise<OnnxRuntimeWeb> {
  try {
    const runtime = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as OnnxRuntimeWeb;
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
