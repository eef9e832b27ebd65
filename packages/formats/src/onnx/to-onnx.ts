/**
 * Writes one of our networks as ONNX.
 *
 * The file looks as PyTorch's exports do: input `[N, channels, height, width]` of float32, any number of pictures,
 * operator set 13. Inside, pictures stay channels-first; where our order of memory matters (flatten, reshape) the
 * value is transposed first, so that dense layers keep their kernels. A layer's output has the layer's name, its
 * weights ours (`conv2d_1/kernel`). Normalisations stay operators of their own, so that the model can be trained
 * on elsewhere. A depthwise separable convolution becomes two Convs, since ONNX has no operator for both.
 *
 * `Ref:` https://onnx.ai/onnx/operators/
 */
import { checkWeights } from '@mien/core/nn';
import { checkHalves } from '../float16.js';
import type { ExportableModel } from '../imported-model.js';
import { toOwnMetadata } from '../own-metadata.js';
import { OnnxExport, type ToOnnxOptions } from './onnx-export.js';
import { writeLayer } from './write-layer.js';

/**
 * Writes an ONNX file.
 *
 * Labels, input range and crop go into the metadata, as JSON; {@link parseOnnx} reads them.
 *
 * @returns the bytes of a ModelProto
 * @throws MienError `MODEL_INVALID` when graph and weights do not belong together, `UNSUPPORTED` for a layer that ONNX
 *   cannot express and for a weight that is too large for float16
 */
export function toOnnx(model: ExportableModel, options: ToOnnxOptions = {}): Uint8Array {
  checkWeights(model.graph, model.weights);
  if (options.dtype === 'F16') checkHalves(model.weights);
  const { graph, weights } = model;
  const file = new OnnxExport(graph, weights, options);
  for (const layer of graph.layers) writeLayer(file, layer);
  for (const name of graph.outputs) file.writer.output(name, file.dims(name));
  return file.writer.finish(toOwnMetadata(model));
}
