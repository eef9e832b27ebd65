/**
 * What one Keras layer becomes: steps, each a layer of ours.
 *
 * Most layers are one step. A layer with an activation of its own has a step more, one that does nothing in inference has
 * none, and some activations are sums and products of simpler ones. A step takes what the step before it gives, unless it
 * says otherwise.
 */
import { MienError } from '@mien/core';
import type { Layer, Shape, Tensor } from '@mien/core/nn';

type OmitEach<L, K extends PropertyKey> = L extends unknown ? Omit<L, K> : never;
/** A layer of ours before it is named and connected. */
export type LayerAttributes = OmitEach<Exclude<Layer, { kind: 'input' }>, 'name' | 'inputs'>;

export interface LayerStep {
  readonly attributes: LayerAttributes;
  /**
   * Which values the step takes, counted back: −1 is what the step before gave (for a first step, what the Keras layer
   * takes), −2 the value before that. Default: −1, and all that the Keras layer takes for its first step.
   */
  readonly takes?: readonly number[];
  /** Weights that the description gives itself, by the layer's own names for them. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Weights that are stored in another form; absent: as our layer describes them. */
  readonly stored?: readonly StoredWeight[];
}

/** An array of a Keras layer, in its place among the layer's arrays. */
export interface StoredWeight {
  /** Keras' name for it, such as `kernel`. */
  readonly kerasName: string;
  /** In the file. */
  readonly kerasShape: Shape;
  readonly trainable: boolean;
  /** Our layer's name for it; `undefined` for an array that nothing is computed with. */
  readonly ours: string | undefined;
  /** From the stored values to ours. Default: the same. */
  readonly convert?: (data: Float32Array) => Float32Array;
}

export function step(attributes: LayerAttributes): LayerStep {
  return { attributes };
}

export function vector(values: Float32Array): Tensor {
  return { shape: [values.length], data: values };
}

/** x · scale + offset for each channel: a convolution of one pixel for pictures, so that it may be trained as it is. */
export function affineStep(shape: Shape, scale: ArrayLike<number>, offset: ArrayLike<number>): LayerStep {
  const channels = channelsOf(shape);
  const all = (values: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: channels }, (_, at) => values[values.length === 1 ? 0 : at] ?? 0);
  if (shape.length === 3) {
    return {
      attributes: {
        kind: 'depthwiseConv2d',
        kernelSize: [1, 1],
        strides: 1,
        padding: 'valid',
        useBias: true,
      },
      constants: {
        depthwise_kernel: { shape: [1, 1, channels, 1], data: all(scale) },
        bias: vector(all(offset)),
      },
    };
  }
  return {
    attributes: {
      kind: 'batchNormalization',
      epsilon: UNIT_EPSILON,
      momentum: 0.99,
      center: true,
      scale: true,
    },
    constants: {
      gamma: vector(all(scale)),
      beta: vector(all(offset)),
      moving_mean: vector(new Float32Array(channels)),
      moving_variance: vector(new Float32Array(channels).fill(1 - UNIT_EPSILON)),
    },
  };
}

/** Variance and epsilon are exactly 1 together. */
const UNIT_EPSILON = 2 ** -10;

/** x where it is positive, alpha · x elsewhere, with one alpha for all. */
export function leakyStep(shape: Shape, alpha: number): LayerStep {
  const data = new Float32Array(channelsOf(shape)).fill(alpha);
  return { attributes: { kind: 'prelu' }, constants: { alpha: vector(data) } };
}

/** Descriptions are small and ask for these weights without holding them, so what they may ask for is bounded. */
const MAX_CHANNELS = 65_536;

function channelsOf(shape: Shape): number {
  const channels = shape.at(-1) ?? 1;
  if (channels <= MAX_CHANNELS) return channels;
  throw new MienError(
    'UNSUPPORTED',
    `a factor for each of ${channels} channels; at most ${MAX_CHANNELS} are supported`,
  );
}
