/** A dense float32 tensor outside the kernels' memory, such as a weight. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major; its length is the product of the shape (1 for a scalar). */
  readonly data: Float32Array;
}

/**
 * Tensors by name. Weights are named `<layer>/<weight>` with Keras' weight names: `conv2d_1/kernel`,
 * `batch_normalization_1/gamma`, `separable_conv2d_1/depthwise_kernel`.
 */
export type Weights = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
