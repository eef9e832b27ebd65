/**
 * The description of a network. Training, inference, import and export all start from it.
 *
 * A graph is plain data: layers in topological order, each with the names of its input layers. It holds no weights and no
 * memory. Layer kinds, attribute names, defaults and automatic layer names are those of Keras, so that it reads like the
 * published description. Ref: https://keras.io/api/layers/
 *
 * Shapes do not include the batch: `[height, width, channels]` for pictures, `[features]` for vectors.
 */

export const PADDINGS = ['valid', 'same'] as const;
/** Rows and columns of zeros around a picture, in pixels. */
export interface ExplicitPadding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}
/** One of Keras' two names, or explicit amounts as in ONNX. */
export type Padding = (typeof PADDINGS)[number] | ExplicitPadding;

/**
 * Element-wise functions, and softmax over the last axis.
 * `hardSigmoid` is max(0, min(1, x/6 + ½)), `hardSwish` x · hardSigmoid(x), `elu` exp(x) − 1 below 0, `gelu` x · Φ(x) with
 * the normal distribution Φ.
 */
export const ACTIVATIONS = [
  'relu',
  'relu6',
  'sigmoid',
  'hardSigmoid',
  'hardSwish',
  'elu',
  'gelu',
  'tanh',
  'softmax',
] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

export const INTERPOLATIONS = ['nearest', 'bilinear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

export type Shape = readonly number[];
/** `[height, width]` in pixels. */
export type Size2d = readonly [height: number, width: number];
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface LayerBase {
  /** Unique in the graph; contains no slash. */
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
  /** Number of groups of a grouped convolution; 1 for an ordinary one. */
  readonly groups: number;
  /** L2 penalty of the kernel in the training loss, as Keras' `l2()`; 0 for none. */
  readonly kernelL2: number;
}

export interface DepthwiseConv2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'depthwiseConv2d';
  readonly kernelSize: Size2d;
  readonly useBias: boolean;
}

/** A depthwise convolution followed by a pointwise one, which has the bias. */
export interface SeparableConv2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'separableConv2d';
  readonly filters: number;
  readonly kernelSize: Size2d;
  readonly useBias: boolean;
}

export interface BatchNormalizationLayer extends LayerBase {
  readonly kind: 'batchNormalization';
  /** Added to the variance before the square root. */
  readonly epsilon: number;
  /** Weight of the old value when moving statistics are updated. */
  readonly momentum: number;
  /** Whether there is a trainable offset (beta). */
  readonly center: boolean;
  /** Whether there is a trainable factor (gamma). */
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

/** Element-wise sum of two inputs of the same shape. */
export interface AddLayer extends LayerBase {
  readonly kind: 'add';
}

/** Element-wise product of two inputs of the same shape, or of a picture and one factor per channel `[channels]`. */
export interface MultiplyLayer extends LayerBase {
  readonly kind: 'multiply';
}

/** Joins inputs along an axis; all other axes have to agree. */
export interface ConcatenateLayer extends LayerBase {
  readonly kind: 'concatenate';
  /** Index into the shape, without the batch: 2 for the channels of a picture. */
  readonly axis: number;
}

/** The same values in row-major order, with another shape. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

/** x where it is positive, alpha · x elsewhere, with one trainable alpha per channel. */
export interface PreluLayer extends LayerBase {
  readonly kind: 'prelu';
}

/** Clamps to a range, whose limits may be infinite. */
export interface ClipLayer extends LayerBase {
  readonly kind: 'clip';
  readonly min: number;
  readonly max: number;
}

export interface AveragePooling2dLayer extends LayerBase, WindowAttributes {
  readonly kind: 'averagePooling2d';
  readonly poolSize: Size2d;
  /** Whether padding counts as zeros in the mean; false divides by the number of real pixels. */
  readonly countIncludesPadding: boolean;
}

/** Resamples a picture with half-pixel centres (`align_corners` false). */
export interface Resize2dLayer extends LayerBase {
  readonly kind: 'resize2d';
  readonly size: Size2d;
  readonly interpolation: Interpolation;
}

/** Zeros around a picture, and after its channels. */
export interface ZeroPadding2dLayer extends LayerBase {
  readonly kind: 'zeroPadding2d';
  readonly padding: ExplicitPadding;
  readonly channelsAfter: number;
}

/** In training, sets a random part of its input to zero and scales up the rest. No effect in inference. */
export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Share that is set to zero, 0…1. */
  readonly rate: number;
}

export type Layer =
  | InputLayer
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | SeparableConv2dLayer
  | BatchNormalizationLayer
  | ActivationLayer
  | PreluLayer
  | ClipLayer
  | MaxPooling2dLayer
  | AveragePooling2dLayer
  | GlobalAveragePooling2dLayer
  | FlattenLayer
  | ReshapeLayer
  | DenseLayer
  | AddLayer
  | MultiplyLayer
  | ConcatenateLayer
  | Resize2dLayer
  | ZeroPadding2dLayer
  | DropoutLayer;

export type LayerKind = Layer['kind'];

export interface Graph {
  readonly name: string;
  /** `[height, width, channels]` of the one input. */
  readonly inputShape: ImageShape;
  /** In topological order; the first is the input. */
  readonly layers: readonly Layer[];
  /** Names of the layers that are the network's outputs; a classifier has one, its last layer. */
  readonly outputs: readonly string[];
}
