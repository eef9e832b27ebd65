/** Which arrays a layer has in Keras, in Keras' order: that of our descriptions, and of our shapes but for one. */
import { MienError } from '@mien/core';
import {
  describeGraph,
  elementCount,
  requireWeight,
  type Graph,
  type Layer,
  type Tensor,
  type Weights,
} from '@mien/core/nn';

export interface KerasWeight {
  /** Ours: `<layer>/<weight>`; `undefined` for an array that nothing is computed with. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  /** Keras' own name for it, such as `kernel`. */
  readonly kerasName: string;
  /** In the file. */
  readonly kerasShape: readonly number[];
  readonly trainable: boolean;
  /** From the stored values to ours. Default: the same. */
  readonly convert?: (data: Float32Array) => Float32Array;
}

/** A weight of one of our layers. */
export type NamedKerasWeight = KerasWeight & { readonly name: string };

/** Trained weights hardly compress, so a file that claims this many times its own size is not genuine. */
const MAX_COMPRESSION = 20;
const MIN_BUDGET_BYTES = 2 ** 20;

/** The weights of every layer that has any, by layer name. */
export function listKerasWeights(graph: Graph): ReadonlyMap<string, readonly NamedKerasWeight[]> {
  const { layers } = describeGraph(graph);
  return new Map(
    graph.layers.map((layer) => [
      layer.name,
      (layers.get(layer.name)?.weights ?? []).map(({ name, shape, trainable }) => ({
        name,
        shape,
        kerasName: name.slice(layer.name.length + 1),
        kerasShape: toKerasShape(layer, shape, layers.get(layer.name)?.outputShape.length ?? 0),
        trainable,
      })),
    ]),
  );
}

/** Keras' alpha of a PReLU that shares it over a picture has axes of 1 for height and width. */
export function toKerasShape({ kind }: Layer, shape: readonly number[], rank: number): readonly number[] {
  return kind === 'prelu' && rank === 3 ? [1, 1, ...shape] : shape;
}

/** A weight of ours in Keras' shape. */
export function toKerasTensor(weights: Weights, { name, shape, kerasShape }: NamedKerasWeight): Tensor {
  return { shape: kerasShape, data: requireWeight(weights, name, shape).data };
}

/**
 * Refuses a network that its file cannot hold, before anything is allocated for its weights: a file may describe any
 * number of them and store none.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function checkWeightBudget(graph: Graph, fileBytes: number, source: string): void {
  const { parameterCount } = describeGraph(graph);
  const bytes = parameterCount * Float32Array.BYTES_PER_ELEMENT;
  if (bytes > maxTensorBytes(fileBytes)) {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: describes ${parameterCount} weights, more than its ${fileBytes} bytes can hold; the file is damaged`,
    );
  }
}

/** Limit of the memory for the numbers of a file. */
export function maxTensorBytes(fileBytes: number): number {
  return Math.max(MIN_BUDGET_BYTES, fileBytes * MAX_COMPRESSION);
}

/** Bytes that tensors take. */
export function sizeOf(tensors: Weights): number {
  return [...tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape) * 4, 0);
}
