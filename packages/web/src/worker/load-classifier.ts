import { loadModel, MienError, type AsyncClassifier, type ErrorCode } from '@mien/core';
import type { OpenTask } from '../protocol/messages.js';
import type { Formats, LoadFormats } from './load-parts.js';
import { detectModelFormat, toFileName } from './model-format.js';

/** How to pass in a page what a file does not contain. */
const HINTS = { labels: 'the option labels', inputRange: 'the option inputRange' };

/**
 * Loads a model that reads expressions: for our own engine or, if an ONNX file has operators that it lacks, for
 * onnxruntime-web.
 *
 * @throws MienError `MODEL_INVALID` if the file is damaged or labels or input range are missing, `UNSUPPORTED`
 */
export async function loadClassifier(
  { model, contract, onnxRuntimeUrl }: OpenTask,
  loadFormats: LoadFormats,
): Promise<AsyncClassifier> {
  const { source, bytes, manifest } = model;
  const format = detectModelFormat(bytes);
  if (format === undefined || format === 'haar') {
    const what = format === undefined ? 'is not a model file' : 'is a detector';
    throw new MienError(
      'MODEL_INVALID',
      `${source}: ${what}; use a classifier in a Keras, ONNX, TFLite or safetensors file`,
    );
  }
  // Bundled models do not need the parsers of other formats.
  if (format === 'safetensors' && manifest !== undefined && Object.keys(contract).length === 0) {
    return loadModel({ manifest, weights: bytes, source });
  }
  const { openInOnnxRuntime, readModelFile, fetchBytes } = await loadFormats();
  const file = { path: toFileName(source, format), bytes, manifest, ...neighboursOf(model, fetchBytes) };
  try {
    return await readModelFile({ ...file, contract, contractHints: HINTS });
  } catch (reason) {
    if (!hasCode(reason, 'UNSUPPORTED') || format !== 'onnx') throw reason;
    return openInOnnxRuntime(file, { contract, hints: HINTS, url: onnxRuntimeUrl, reason });
  }
}

/** How to reach the files that belong to a model: those that were given with it, or beside its address. */
function neighboursOf({ beside = {}, baseUrl }: OpenTask['model'], fetchBytes: Formats['fetchBytes']) {
  return {
    readBeside: async (name: string): Promise<Uint8Array | undefined> => {
      if (Object.hasOwn(beside, name)) return beside[name];
      if (baseUrl === undefined) return undefined;
      return fetchBytes(new URL(encodeURIComponent(name), baseUrl)).catch((error: unknown) => {
        // The parsers say what the file is for.
        if (hasCode(error, 'NOT_FOUND')) return undefined;
        throw error;
      });
    },
    listBeside: () => Promise.resolve(Object.keys(beside)),
  };
}

/** Not instanceof: the parsers have their own copy of MienError. */
function hasCode(error: unknown, code: ErrorCode): error is Error {
  return error instanceof Error && 'code' in error && error.code === code;
}
