import { loadModel, MienError, type AsyncClassifier } from '@mien/core';
import type { OpenTask } from '../protocol/messages.js';
import type { LoadFormats } from './load-formats.js';
import { detectModelFormat, toFileName } from './model-format.js';

/** How a page states what a file does not say. */
const HINTS = { labels: 'the option labels', inputRange: 'the option inputRange' };

/**
 * From bytes to a model that reads faces: for our own engine, or where an ONNX file asks for more than that can do, for
 * onnxruntime-web.
 *
 * @throws MienError `MODEL_INVALID` when the file is damaged or nothing says what its outputs mean, `UNSUPPORTED`
 */
export async function loadClassifier(
  { model: { source, bytes, manifest }, contract, onnxRuntimeUrl }: OpenTask,
  loadFormats: LoadFormats,
): Promise<AsyncClassifier> {
  const format = detectModelFormat(bytes);
  if (format === undefined || format === 'haar') {
    const what = format === undefined ? 'is no model file' : 'finds faces and reads no expressions';
    throw new MienError('MODEL_INVALID', `${source}: ${what}; use a Keras, ONNX, TFLite or safetensors file`);
  }
  // A bundled model needs no reader of other formats.
  if (format === 'safetensors' && manifest !== undefined && Object.keys(contract).length === 0) {
    return loadModel({ manifest, weights: bytes, source });
  }
  const { openInOnnxRuntime, readModelFile } = await loadFormats();
  const file = { path: toFileName(source, format), bytes, manifest };
  try {
    return await readModelFile({ ...file, contract, contractHints: HINTS });
  } catch (reason) {
    // By its field: the readers have a copy of the class of their own.
    const isUnsupported = reason instanceof Error && 'code' in reason && reason.code === 'UNSUPPORTED';
    if (!isUnsupported || format !== 'onnx') throw reason;
    return openInOnnxRuntime(file, { contract, hints: HINTS, url: onnxRuntimeUrl, reason });
  }
}
