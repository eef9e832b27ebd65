import { createModel, loadModel, MienError, type Classifier } from '@mien/core';
import type { ModelBytes, ModelContract } from '../protocol/messages.js';
import type { LoadFormats } from './load-formats.js';
import { detectModelFormat } from './model-format.js';

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
  const id = source.replace(/^.*\//, '').replace(/[.]\w+$/, '');
  const hasContract = contract.labels !== undefined || contract.inputRange !== undefined;
  if (format === 'safetensors' && !hasContract) return loadModel({ manifest, weights: bytes, source, id });
  const { graph, weights, ...known } = await (await loadFormats()).importModel(bytes, format, source);
  return createModel({ manifest, bytes, graph, weights, source, id, ...known, ...contract });
}
