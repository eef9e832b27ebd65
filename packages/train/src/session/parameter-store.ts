/**
 * The memory of a network's weights during training.
 *
 * All trainable weights are in one block, and their gradients, first and second moments in blocks of the same layout, so
 * that an optimiser step is one launch. Each weight starts at a multiple of 16 elements; the gaps are zero and stay zero
 * under every optimiser. Kernels come first, so that weight decay, which applies only to them, covers one range. Moving
 * statistics are stored separately.
 */
import {
  describeGraph,
  elementCount,
  requireWeight,
  type Graph,
  type Kernels,
  type Tensor,
  type WeightDescription,
  type Weights,
} from '@mien/core/nn';

const ALIGN_ELEMENTS = 16;

/** A block of float32 values with the layout of the trainable weights. */
export interface ParameterBlock {
  readonly offset: number;
  /** Byte offset of a weight's values. */
  offsetOf(weightName: string): number;
}

export class ParameterStore {
  readonly weights: ParameterBlock;
  readonly gradients: ParameterBlock;
  /** Length of each block in elements, gaps included. */
  readonly blockLength: number;
  /** Number of elements of kernels, which are at the start of each block. */
  readonly kernelLength: number;
  readonly #kernels: Kernels;
  readonly #trainable: readonly WeightDescription[];
  readonly #statistics: readonly WeightDescription[];
  readonly #positions = new Map<string, number>();
  readonly #statisticsOffsets = new Map<string, number>();

  constructor(kernels: Kernels, graph: Graph) {
    this.#kernels = kernels;
    const all = [...describeGraph(graph).layers.values()].flatMap((layer) => layer.weights);
    this.#trainable = all.filter(({ trainable }) => trainable);
    this.#statistics = all.filter(({ trainable }) => !trainable);
    let position = 0;
    const place = ({ name, shape }: WeightDescription) => {
      this.#positions.set(name, position);
      position += Math.ceil(elementCount(shape) / ALIGN_ELEMENTS) * ALIGN_ELEMENTS;
    };
    this.#trainable.filter(isKernel).forEach(place);
    this.kernelLength = position;
    this.#trainable.filter((weight) => !isKernel(weight)).forEach(place);
    this.blockLength = position;
    this.weights = this.allocateBlock();
    this.gradients = this.allocateBlock();
    for (const { name, shape } of this.#statistics) {
      this.#statisticsOffsets.set(name, kernels.allocate(elementCount(shape) * 4));
    }
  }

  /** Allocates another block of this layout, filled with zeros. */
  allocateBlock(): ParameterBlock {
    const offset = this.#kernels.allocate(this.blockLength * 4);
    return { offset, offsetOf: (name) => offset + this.#positionOf(name) * 4 };
  }

  /** Byte offset of a weight or moving statistic. */
  offsetOf(name: string): number {
    return this.#statisticsOffsets.get(name) ?? this.weights.offsetOf(name);
  }

  /** Writes all weights and moving statistics. */
  write(weights: Weights): void {
    for (const { name, shape } of [...this.#trainable, ...this.#statistics]) {
      const { data } = requireWeight(weights, name, shape);
      this.#kernels.f32(this.offsetOf(name), data.length).set(data);
    }
  }

  /** Copies all weights, then all moving statistics, in graph order. */
  read(): Map<string, Tensor> {
    return new Map(
      [...this.#trainable, ...this.#statistics].map(({ name, shape }) => [
        name,
        this.#copy(this.offsetOf(name), shape),
      ]),
    );
  }

  /** Copies a block, by weight name. */
  readBlock(block: ParameterBlock): Map<string, Tensor> {
    return new Map(this.#trainable.map(({ name, shape }) => [name, this.#copy(block.offsetOf(name), shape)]));
  }

  /** Writes a block. */
  writeBlock(block: ParameterBlock, tensors: Weights): void {
    for (const { name, shape } of this.#trainable) {
      const { data } = requireWeight(tensors, name, shape);
      this.#kernels.f32(block.offsetOf(name), data.length).set(data);
    }
  }

  #copy(offset: number, shape: readonly number[]): Tensor {
    return { shape, data: this.#kernels.f32(offset, elementCount(shape)).slice() };
  }

  #positionOf(name: string): number {
    const position = this.#positions.get(name);
    if (position === undefined) throw new RangeError(`parameters: no trainable weight is named ${name}`);
    return position;
  }
}

/** `kernel`, `depthwise_kernel` or `pointwise_kernel`; not a bias, gamma, beta or alpha. */
function isKernel({ name }: WeightDescription): boolean {
  return name.endsWith('kernel');
}
