/**
 * One description of a network, from which training, inference, import and export are all derived.
 *
 * A graph is plain data: layers in topological order, each naming the layers whose outputs it takes. It holds no
 * weights and no memory. Layer kinds, attribute names, defaults and automatic layer names are those of Keras, so
 * that a description reads like the published one. `Ref:` https://keras.io/api/layers/
 *
 * Shapes leave the batch out: `[height, width, channels]` for pictures, `[features]` for vectors.
 */

export const PADDINGS = ['valid', 'same'] as const;
export type Padding = (typeof PADDINGS)[number];

export const ACTIVATIONS = ['relu', 'softmax'] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

export type Shape = readonly number[];
/** `[height, width]` in pixels. */
export type Size2d = readonly [height: number, width: number];
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface LayerBase {
  /** Unique within the graph; no slash. */
  readonly name: string;
  /** Names of earlier layers. */
  readonly inputs: readonly string[];
}

export interface InputLayer extends LayerBase {
  readonly kind: 'input';
  readonly shape: ImageShape;
}

interface WindowAttributes {
  readonly strides: number;
  readonly padding: Padding;
}

export interface Conv2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly kernelSize: Size2d;
  readonly useBias: boolean;
  /** Weight of the squared kernel in the training loss, as Keras' `l2()`; 0 for none. */
  readonly kernelL2: number;
}

export interface DepthwiseConv2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'depthwiseConv2d';
  readonly kernelSize: Size2d;
  readonly useBias: boolean;
}

/** A depthwise convolution followed by a pointwise one, which carries the bias. */
export interface SeparableConv2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'separableConv2d';
  readonly filters: number;
  readonly kernelSize: Size2d;
  readonly useBias: boolean;
}

export interface BatchNormalizationLayer extends LayerBase {
  readonly kind: 'batchNormalization';
  /** Added to the variance before its root. */
  readonly epsilon: number;
  /** Share of the old value in the moving statistics. */
  readonly momentum: number;
  /** Whether there is a trained offset (beta). */
  readonly center: boolean;
  /** Whether there is a trained factor (gamma). */
  readonly scale: boolean;
}

export interface ActivationLayer extends LayerBase {
  readonly kind: 'activation';
  readonly activation: ActivationName;
}

export interface MaxPooling2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'maxPooling2d';
  readonly poolSize: Size2d;
}

export interface GlobalAveragePooling2dLayer extends LayerBase {
  readonly kind: 'globalAveragePooling2d';
}

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
}

export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly units: number;
  readonly useBias: boolean;
}

/** Element-wise sum of two inputs of one shape. */
export interface AddLayer extends LayerBase {
  readonly kind: 'add';
}

export type Layer =
  | InputLayer
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | SeparableConv2dLayer
  | BatchNormalizationLayer
  | ActivationLayer
  | MaxPooling2dLayer
  | GlobalAveragePooling2dLayer
  | FlattenLayer
  | DenseLayer
  | AddLayer;

export type LayerKind = Layer['kind'];

export interface Graph {
  readonly name: string;
  /** `[height, width, channels]` of the one input. */
  readonly inputShape: ImageShape;
  /** In topological order; the first is the input, the last is the output. */
  readonly layers: readonly Layer[];
}
