import {
  createBlazeFaceDetector,
  createHaarDetector,
  createYuNetDetector,
  MienError,
  type Detector,
  type SearchMode,
} from '@mien/core';
import type { ModelBytes } from '../protocol/messages.js';
import type { LoadFormats } from './load-parts.js';
import { detectModelFormat } from './model-format.js';

/** Input size of a YuNet that accepts any size: faces of 10 pixels at this scale are detected. */
const YUNET_SIDE = 640;

/** Creates a detector for a search mode; detectors without modes are created once. */
export type CreateDetector = (mode: SearchMode) => Promise<Detector>;

/**
 * Loads a detector.
 *
 * @throws MienError `MODEL_INVALID` if the file is not a detector
 */
export function loadDetector(
  { source, bytes, manifest }: ModelBytes,
  loadFormats: LoadFormats,
): CreateDetector {
  const format = detectModelFormat(bytes);
  switch (format) {
    case 'haar':
      return once(() => createHaarDetector({ cascade: bytes }));
    case 'safetensors':
      return (mode) => createBlazeFaceDetector({ model: { manifest, weights: bytes, source }, mode });
    case 'onnx':
      return once(async () => {
        const { outlineOnnx, parseOnnx } = await loadFormats();
        const inputSize = { width: YUNET_SIDE, height: YUNET_SIDE };
        const { isSizeOpen } = outlineOnnx(bytes, source);
        const { graph, weights } = parseOnnx(bytes, source, isSizeOpen ? { inputSize } : {});
        return createYuNetDetector({ graph, weights, source });
      });
    case 'hdf5':
    case 'keras':
    case 'tflite':
    case 'json':
    case undefined:
      throw new MienError(
        'MODEL_INVALID',
        `${source}: is not a detector; use a bundled one, a cascade.bin, or a YuNet file (.onnx)`,
      );
    default:
      return format satisfies never;
  }
}

function once(create: () => Promise<Detector>): CreateDetector {
  let created: Promise<Detector> | undefined;
  return () => (created ??= create());
}
