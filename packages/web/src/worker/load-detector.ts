import {
  createBlazeFaceDetector,
  createHaarDetector,
  createYuNetDetector,
  MienError,
  type Detector,
  type SearchMode,
} from '@mien/core';
import type { ModelBytes } from '../protocol/messages.js';
import type { LoadFormats } from './load-formats.js';
import { detectModelFormat } from './model-format.js';

/** Side of the square in which a YuNet that takes any size sees a picture: faces of 10 pixels there are found. */
const YUNET_SIDE = 640;

/** A detector for each way of searching; the same one where it knows only one. */
export type CreateDetector = (mode: SearchMode) => Promise<Detector>;

/**
 * From bytes to what makes detectors of them.
 *
 * @throws MienError `MODEL_INVALID` when the bytes are of no detector
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
    case undefined:
      throw new MienError(
        'MODEL_INVALID',
        `${source}: is no detector; use one of the bundled ones, a cascade.bin, or a YuNet file (.onnx)`,
      );
    default:
      return format satisfies never;
  }
}

function once(create: () => Promise<Detector>): CreateDetector {
  let created: Promise<Detector> | undefined;
  return () => (created ??= create());
}
