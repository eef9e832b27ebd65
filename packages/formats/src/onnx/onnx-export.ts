/** The file that is written, and what its layers ask for: names of values and weights, shapes, orders of memory. */
import { MienError } from '@mien/core';
import {
  describeGraph,
  resolveWindow,
  type Graph,
  type GraphDescription,
  type Padding,
  type Shape,
  type Size2d,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import type { WeightType } from '../float16.js';
import { transposedValues } from '../import/constant.js';
import type { ExportOptions } from '../imported-model.js';
import { OnnxWriter, type AttributeValue } from './onnx-writer.js';

/** Name of the dimension that counts pictures. */
const BATCH = 'N';
export const TO_CHANNELS_LAST = [0, 2, 3, 1];
export const TO_CHANNELS_FIRST = [0, 3, 1, 2];

export interface ToOnnxOptions extends ExportOptions {
  /** Of the kernels; vectors, which are small, and everything that is computed stay float32. Default `F32`. */
  readonly dtype?: WeightType;
}

export class OnnxExport {
  readonly writer: OnnxWriter;
  readonly onRewrite: NonNullable<ExportOptions['onRewrite']>;
  readonly #weights: Weights;
  readonly #description: GraphDescription;
  readonly #channelsLast = new Map<string, string>();

  constructor(graph: Graph, weights: Weights, { dtype, onRewrite }: ToOnnxOptions) {
    this.#weights = weights;
    this.onRewrite = onRewrite ?? (() => undefined);
    this.#description = describeGraph(graph);
    this.writer = new OnnxWriter(graph.name, { dtype });
  }

  /** Factors as they broadcast upon `x`. */
  broadcast(name: string, factors: string, x: string): string {
    const rank = this.shape(x).length;
    if (this.shape(factors).length === rank) return factors;
    const dims = this.isPicture(x) ? [0, -1, 1, 1] : [0, ...new Array<number>(rank - 1).fill(1), -1];
    return this.writer.node('Reshape', `${name}_factors`, [factors, this.writer.integers(dims)]);
  }

  /** A value in our order of memory. */
  plain(x: string): string {
    if (!this.isPicture(x)) return x;
    const known = this.#channelsLast.get(x);
    if (known !== undefined) return known;
    const plain = this.writer.node('Transpose', `${x}_channels_last`, [x], { perm: TO_CHANNELS_LAST });
    this.keepPlain(x, plain);
    return plain;
  }

  /** Keeps the name under which a picture lies in our order of memory. */
  keepPlain(x: string, plain: string): void {
    this.#channelsLast.set(x, plain);
  }

  /** Attributes of a window that slides over `x`. */
  window(
    x: string,
    { strides, padding }: { readonly strides: number; readonly padding: Padding },
    size: Size2d,
  ): Record<string, AttributeValue> {
    const [height = 1, width = 1] = this.shape(x);
    const window = resolveWindow([height, width], { size, strides, padding });
    const { padTop, padLeft, paddedHeight, paddedWidth } = window;
    return {
      kernel_shape: size,
      strides: [strides, strides],
      pads: [padTop, padLeft, paddedHeight - height - padTop, paddedWidth - width - padLeft],
    };
  }

  bias({ name, useBias }: { readonly name: string; readonly useBias: boolean }): readonly string[] {
    return useBias ? [this.weight(`${name}/bias`)] : [];
  }

  kernel(name: string, permutation: readonly number[]): string {
    const { shape, data } = this.#tensor(name);
    const dims = permutation.map((axis) => shape[axis] ?? 1);
    return this.writer.weight(name, dims, transposedValues(data, shape, permutation));
  }

  perChannel(name: string, x: string): string {
    const { data } = this.#tensor(name);
    return this.writer.weight(name, this.isPicture(x) ? [data.length, 1, 1] : [data.length], data);
  }

  weight(name: string): string {
    const { shape, data } = this.#tensor(name);
    return this.writer.weight(name, shape, data);
  }

  #tensor(name: string): Tensor {
    const tensor = this.#weights.get(name);
    if (tensor === undefined) throw new MienError('MODEL_INVALID', `weights: ${name} is missing`);
    return tensor;
  }

  shape(layer: string): Shape {
    return this.#description.layers.get(layer)?.outputShape ?? [];
  }

  isPicture(layer: string): boolean {
    return this.shape(layer).length === 3;
  }

  /** Dims of a value in the file. */
  dims(layer: string): (number | string)[] {
    const [height, width, channels] = this.shape(layer);
    if (!this.isPicture(layer)) return [BATCH, ...this.shape(layer)];
    return [BATCH, channels ?? 1, height ?? 1, width ?? 1];
  }
}
