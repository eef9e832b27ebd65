/**
 * Runs ONNX models with operators that our engine lacks in onnxruntime-web, if the page provides it. It is not a dependency,
 * and it is only loaded for such models.
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

/** The part of onnxruntime-web's interface that is used here. */
interface OnnxRuntimeWeb extends OnnxRuntime {
  readonly env: {
    readonly versions?: { readonly common?: string; readonly web?: string };
    readonly wasm: { numThreads?: number };
  };
}

/** Only errors: warnings about a model do not help its users. */
const LOG_ERRORS = 3;

export interface OnnxRuntimeOptions {
  readonly contract: ModelContract;
  readonly hints: ContractHints;
  /** URL of the module; `undefined` if the page has none. */
  readonly url: string | undefined;
  /** Why our own engine cannot run the file. */
  readonly reason: Error;
}

/**
 * @throws MienError `UNSUPPORTED` if the page has no onnxruntime-web, or if that cannot run the model either
 */
export async function openInOnnxRuntime(
  file: Pick<ModelFile, 'path' | 'bytes' | 'manifest'>,
  { contract, hints, url, reason }: OnnxRuntimeOptions,
): Promise<AsyncExternalModel> {
  const { path, bytes, manifest } = file;
  const outline = outlineOnnx(bytes, path);
  const { outputs, outputKind, ...own } = outline;
  if (url === undefined) {
    const lacking = outline.operators.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
    const what = lacking.length === 0 ? reason.message : `${path}: Mien's engine lacks ${lacking.join(', ')}`;
    const advice = 'set onnxRuntimeUrl to run it in onnxruntime-web';
    throw new MienError('UNSUPPORTED', `${what}; ${advice}`, { cause: reason });
  }
  const { contract: known, notices } = await findContract(
    { ...file, contract },
    { ...own, ...(outputKind && { outputs: outputKind }) },
  );
  const [, classes = 'unnamed'] = outputs[0]?.dims ?? [];
  if (manifest === undefined) checkContract(known, path, String(classes), hints);

  const runtime = await loadRuntime(url);
  const { versions } = runtime.env;
  const model = await createOnnxRuntimeModel({
    runtime,
    bytes,
    source: path,
    ...(manifest !== undefined && { manifest }),
    ...known,
    ...(known.outputs === undefined && outputKind && { outputs: outputKind }),
    notices,
    id: toModelId(path),
    engine: `onnxruntime-web ${versions?.web ?? versions?.common ?? ''}`.trimEnd(),
    session: { executionProviders: ['wasm'], logSeverityLevel: LOG_ERRORS },
  });
  // One session for pictures and all streams: the worker runs one task at a time.
  let predictor: Promise<AsyncPredictor> | undefined;
  return { ...model, createAsyncPredictor: () => (predictor ??= model.createAsyncPredictor()) };
}

async function loadRuntime(url: string): Promise<OnnxRuntimeWeb> {
  try {
    const runtime = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as OnnxRuntimeWeb;
    // Threads would need a cross-origin isolated page and another script.
    runtime.env.wasm.numThreads = 1;
    return runtime;
  } catch (cause) {
    throw new MienError(
      'NOT_FOUND',
      `onnxRuntimeUrl: ${url} could not be loaded as a module; use ort.wasm.bundle.min.mjs of onnxruntime-web`,
      { cause },
    );
  }
}
