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
import { MienError } from '@mien/core';
import {
  checkWeights,
  describeGraph,
  resolveWindow,
  type ActivationName,
  type Graph,
  type GraphDescription,
  type Layer,
  type Padding,
  type Shape,
  type Size2d,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import { transposedValues } from '../import/constant.js';
import { findInterpolation } from '../import/resampling.js';
import { checkHalves, type WeightType } from '../float16.js';
import type { ExportableModel, ExportOptions } from '../imported-model.js';
import { toOwnMetadata } from '../own-metadata.js';
import { OnnxWriter, type AttributeValue } from './onnx-writer.js';

/** Name of the dimension that counts pictures. */
const BATCH = 'N';
const TO_CHANNELS_LAST = [0, 2, 3, 1];
const TO_CHANNELS_FIRST = [0, 3, 1, 2];

export interface ToOnnxOptions extends ExportOptions {
  /** Of the kernels; vectors, which are small, and everything that is computed stay float32. Default `F32`. */
  readonly dtype?: WeightType;
}

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
  return new OnnxExport(model.graph, model.weights, options).finish(toOwnMetadata(model));
}

class OnnxExport {
  readonly #weights: Weights;
  readonly #description: GraphDescription;
  readonly #writer: OnnxWriter;
  readonly #channelsLast = new Map<string, string>();

  readonly #onRewrite: NonNullable<ExportOptions['onRewrite']>;

  constructor(graph: Graph, weights: Weights, { dtype, onRewrite }: ToOnnxOptions) {
    this.#weights = weights;
    this.#onRewrite = onRewrite ?? (() => undefined);
    this.#description = describeGraph(graph);
    this.#writer = new OnnxWriter(graph.name, { dtype });
    for (const layer of graph.layers) this.#layer(layer);
    for (const name of graph.outputs) this.#writer.output(name, this.#dims(name));
  }

  finish(metadata: Readonly<Record<string, string>>): Uint8Array {
    return this.#writer.finish(metadata);
  }

  /** Writes the operators of a layer; the last one's output has the layer's name. */
  #layer(layer: Layer): void {
    const { name } = layer;
    const writer = this.#writer;
    const [x = '', second = ''] = layer.inputs;
    switch (layer.kind) {
      case 'input':
        writer.input(name, this.#dims(name));
        return;
      case 'conv2d': {
        const kernel = this.#kernel(`${name}/kernel`, [3, 2, 0, 1]);
        const attributes = { ...this.#window(x, layer, layer.kernelSize), group: layer.groups };
        writer.node('Conv', name, [x, kernel, ...this.#bias(layer)], attributes);
        return;
      }
      case 'depthwiseConv2d':
        this.#depthwise(name, layer, this.#bias(layer));
        return;
      case 'separableConv2d': {
        this.#onRewrite(name, 'a Conv of every channel and a Conv of 1×1');
        const spread = this.#depthwise(`${name}_depthwise`, layer, []);
        const kernel = this.#kernel(`${name}/pointwise_kernel`, [3, 2, 0, 1]);
        writer.node('Conv', name, [spread, kernel, ...this.#bias(layer)], { kernel_shape: [1, 1] });
        return;
      }
      case 'batchNormalization':
        this.#batchNormalization(layer);
        return;
      case 'activation':
        this.#activation(name, x, layer.activation);
        return;
      case 'prelu':
        writer.node('PRelu', name, [x, this.#perChannel(`${name}/alpha`, x)]);
        return;
      case 'clip': {
        const bound = (value: number) => (Number.isFinite(value) ? writer.floats([value], true) : '');
        writer.node('Clip', name, [x, bound(layer.min), bound(layer.max)]);
        return;
      }
      case 'maxPooling2d':
        writer.node('MaxPool', name, [x], this.#window(x, layer, layer.poolSize));
        return;
      case 'averagePooling2d':
        writer.node('AveragePool', name, [x], {
          ...this.#window(x, layer, layer.poolSize),
          count_include_pad: layer.countIncludesPadding ? 1 : 0,
        });
        return;
      case 'globalAveragePooling2d':
        // Readers name what they make after operators, so the one that matters gets the layer's name.
        writer.node('GlobalAveragePool', `${name}_picture`, [x], {}, { name });
        writer.node('Flatten', name, [`${name}_picture`], { axis: 1 }, { name: `${name}_vector` });
        return;
      case 'flatten':
        writer.node('Flatten', name, [this.#plain(x)], { axis: 1 });
        return;
      case 'reshape':
        this.#reshape(name, this.#plain(x), layer.shape);
        return;
      case 'dense':
        writer.node('Gemm', name, [x, this.#weight(`${name}/kernel`), ...this.#bias(layer)]);
        return;
      case 'add':
        writer.node('Add', name, [x, second]);
        return;
      case 'multiply':
        writer.node('Mul', name, [x, this.#broadcast(name, second, x)]);
        return;
      case 'concatenate': {
        const axis = this.#isPicture(name) ? TO_CHANNELS_LAST[layer.axis + 1] : layer.axis + 1;
        writer.node('Concat', name, layer.inputs, { axis: axis ?? 1 });
        return;
      }
      case 'resize2d': {
        const [height = 1, width = 1] = this.#shape(x);
        const scale: Size2d = [scaleFor(height, layer.size[0]), scaleFor(width, layer.size[1])];
        // Nearest: half-pixel centres that round up are the pixel that the centre lies in, as our layer takes it.
        const mapping = {
          interpolation: layer.interpolation === 'nearest' ? 'nearest' : 'linear',
          centres: 'half_pixel',
          rounding: 'round_prefer_ceil',
        };
        // A centre that falls between two pixels goes either way, by how the factor rounds.
        if (findInterpolation([height, width], layer.size, scale, mapping) !== layer.interpolation) {
          const sizes = `${height}×${width} to ${layer.size.join('×')}`;
          throw new MienError('UNSUPPORTED', `layer ${name}: ONNX has no sure way to resample from ${sizes}`);
        }
        writer.node('Resize', name, [x, '', writer.floats([1, 1, ...scale])], {
          mode: mapping.interpolation,
          coordinate_transformation_mode: mapping.centres,
          nearest_mode: mapping.rounding,
        });
        return;
      }
      case 'zeroPadding2d': {
        const { top, left, bottom, right } = layer.padding;
        const pads = writer.integers([0, 0, top, left, 0, layer.channelsAfter, bottom, right]);
        writer.node('Pad', name, [x, pads], { mode: 'constant' });
        return;
      }
      case 'dropout':
        writer.node('Dropout', name, [x, writer.floats([layer.rate], true)]);
        return;
      default:
        throw new MienError(
          'UNSUPPORTED',
          `layer ${name}: this kind cannot be written as ONNX: ${layer satisfies never}`,
        );
    }
  }

  #depthwise(
    node: string,
    layer: Extract<Layer, { kind: 'depthwiseConv2d' | 'separableConv2d' }>,
    bias: readonly string[],
  ): string {
    const [x = ''] = layer.inputs;
    const kernel = this.#kernel(`${layer.name}/depthwise_kernel`, [2, 3, 0, 1]);
    const group = this.#shape(x)[2] ?? 1;
    return this.#writer.node('Conv', node, [x, kernel, ...bias], {
      ...this.#window(x, layer, layer.kernelSize),
      group,
    });
  }

  #batchNormalization(layer: Extract<Layer, { kind: 'batchNormalization' }>): void {
    const { name, epsilon, momentum } = layer;
    const [x = ''] = layer.inputs;
    const channels = this.#shape(x).at(-1) ?? 1;
    const constant = (weight: string, value: number) =>
      this.#writer.weight(`${name}/${weight}`, [channels], new Float32Array(channels).fill(value));
    const gamma = layer.scale ? this.#weight(`${name}/gamma`) : constant('gamma', 1);
    const beta = layer.center ? this.#weight(`${name}/beta`) : constant('beta', 0);
    const statistics = [this.#weight(`${name}/moving_mean`), this.#weight(`${name}/moving_variance`)];
    const attributes = { epsilon: { float: epsilon }, momentum: { float: momentum } };
    if (this.#shape(x).length !== 2) {
      this.#writer.node('BatchNormalization', name, [x, gamma, beta, ...statistics], attributes);
      return;
    }
    // ONNX's channels are the second axis, ours the last.
    const swapped = this.#writer.node('Transpose', `${name}_swapped`, [x], { perm: [0, 2, 1] });
    const inputs = [swapped, gamma, beta, ...statistics];
    const normalized = this.#writer.node('BatchNormalization', `${name}_normalized`, inputs, attributes);
    this.#writer.node('Transpose', name, [normalized], { perm: [0, 2, 1] });
  }

  #activation(name: string, x: string, activation: ActivationName): void {
    const writer = this.#writer;
    const hardSigmoid = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
    switch (activation) {
      case 'relu':
        writer.node('Relu', name, [x]);
        return;
      case 'relu6':
        writer.node('Clip', name, [x, writer.floats([0], true), writer.floats([6], true)]);
        return;
      case 'sigmoid':
        writer.node('Sigmoid', name, [x]);
        return;
      case 'tanh':
        writer.node('Tanh', name, [x]);
        return;
      case 'elu':
        writer.node('Elu', name, [x]);
        return;
      case 'gelu':
        throw new MienError('UNSUPPORTED', `layer ${name} (gelu): has no operator in the operator set that is written; choose another format`); // prettier-ignore
      case 'hardSigmoid':
        writer.node('HardSigmoid', name, [x], hardSigmoid);
        return;
      case 'hardSwish':
        // An operator of its own only from operator set 14 on.
        this.#onRewrite(name, 'HardSigmoid and Mul');
        writer.node('Mul', name, [x, writer.node('HardSigmoid', `${name}_gate`, [x], hardSigmoid)]);
        return;
      case 'softmax':
        writer.node('Softmax', name, [x], { axis: this.#isPicture(name) ? 1 : -1 });
        return;
      default:
        activation satisfies never;
    }
  }

  #reshape(name: string, plain: string, shape: Shape): void {
    // 0 copies the batch.
    const dims = this.#writer.integers([0, ...shape]);
    if (shape.length !== 3) {
      this.#writer.node('Reshape', name, [plain, dims]);
      return;
    }
    const reshaped = this.#writer.node('Reshape', `${name}_channels_last`, [plain, dims]);
    this.#channelsLast.set(name, reshaped);
    this.#writer.node('Transpose', name, [reshaped], { perm: TO_CHANNELS_FIRST });
  }

  /** Factors as they broadcast upon `x`. */
  #broadcast(name: string, factors: string, x: string): string {
    const rank = this.#shape(x).length;
    if (this.#shape(factors).length === rank) return factors;
    const dims = this.#isPicture(x) ? [0, -1, 1, 1] : [0, ...new Array<number>(rank - 1).fill(1), -1];
    return this.#writer.node('Reshape', `${name}_factors`, [factors, this.#writer.integers(dims)]);
  }

  /** A value in our order of memory. */
  #plain(x: string): string {
    if (!this.#isPicture(x)) return x;
    const known = this.#channelsLast.get(x);
    if (known !== undefined) return known;
    const plain = this.#writer.node('Transpose', `${x}_channels_last`, [x], { perm: TO_CHANNELS_LAST });
    this.#channelsLast.set(x, plain);
    return plain;
  }

  #window(
    x: string,
    { strides, padding }: { readonly strides: number; readonly padding: Padding },
    size: Size2d,
  ): Record<string, AttributeValue> {
    const [height = 1, width = 1] = this.#shape(x);
    const window = resolveWindow([height, width], { size, strides, padding });
    const { padTop, padLeft, paddedHeight, paddedWidth } = window;
    return {
      kernel_shape: size,
      strides: [strides, strides],
      pads: [padTop, padLeft, paddedHeight - height - padTop, paddedWidth - width - padLeft],
    };
  }

  #bias({ name, useBias }: { readonly name: string; readonly useBias: boolean }): readonly string[] {
    return useBias ? [this.#weight(`${name}/bias`)] : [];
  }

  #kernel(name: string, permutation: readonly number[]): string {
    const { shape, data } = this.#tensor(name);
    const dims = permutation.map((axis) => shape[axis] ?? 1);
    return this.#writer.weight(name, dims, transposedValues(data, shape, permutation));
  }

  #perChannel(name: string, x: string): string {
    const { data } = this.#tensor(name);
    return this.#writer.weight(name, this.#isPicture(x) ? [data.length, 1, 1] : [data.length], data);
  }

  #weight(name: string): string {
    const { shape, data } = this.#tensor(name);
    return this.#writer.weight(name, shape, data);
  }

  #tensor(name: string): Tensor {
    const tensor = this.#weights.get(name);
    if (tensor === undefined) throw new MienError('MODEL_INVALID', `weights: ${name} is missing`);
    return tensor;
  }

  #shape(layer: string): Shape {
    return this.#description.layers.get(layer)?.outputShape ?? [];
  }

  #isPicture(layer: string): boolean {
    return this.#shape(layer).length === 3;
  }

  /** Dims of a value in the file. */
  #dims(layer: string): (number | string)[] {
    const [height, width, channels] = this.#shape(layer);
    if (!this.#isPicture(layer)) return [BATCH, ...this.#shape(layer)];
    return [BATCH, channels ?? 1, height ?? 1, width ?? 1];
  }
}

/** A float32 factor that makes `output` of `input` pixels, since readers round the product down. */
function scaleFor(input: number, output: number): number {
  const scale = Math.fround(output / input);
  if (Math.floor(Math.fround(input * scale)) === output) return scale;
  return Math.fround(scale * (1 + 2 ** -23));
}
