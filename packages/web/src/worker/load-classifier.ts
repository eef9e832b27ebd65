import { loadModel, MienError, type Classifier } from '@mien/core';
import type { ModelBytes, ModelContract } from '../protocol/messages.js';
import type { LoadFormats } from './load-formats.js';
import { detectModelFormat, toFileName } from './model-format.js';

/** How a page states what a file does not say. */
const HINTS = { labels: 'the option labels', inputRange: 'the option inputRange' };

/**
 * From bytes to a model that reads faces.
 *
 * @throws MienError `MODEL_INVALID` when the file is damaged or nothing says what its outputs mean, `UNSUPPORTED`
 */
export async function loadClassifier(
  { source, bytes, manifest }: ModelBytes,
  contract: ModelContract,
  loadFormats: LoadFormats,
): Promise<Classifier> {
  const format = detectModelFormat(bytes);
  if (format === undefined || format === 'haar') {
    const what = format === undefined ? 'is no model file' : 'finds faces and reads no expressions';
    throw new MienError('MODEL_INVALID', `${source}: ${what}; use a Keras, ONNX, TFLite or safetensors file`);
  }
  // A bundled model needs no reader of other formats.
  if (format === 'safetensors' && manifest !== undefined && Object.keys(contract).length === 0) {
    return loadModel({ manifest, weights: bytes, source });
  }
  const { readModelFile } = await loadFormats();
  return readModelFile({ path: toFileName(source, format), bytes, manifest, contract, contractHints: HINTS });
}
