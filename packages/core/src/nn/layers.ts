/**
 * Output shape, weights and cost of each kind of layer: what is known of a layer without running it.
 */
import { MienError } from '../errors.js';
import type { ImageShape, Layer, Padding, Shape } from './graph.js';
import { elementCount } from './tensor.js';
import { resolveWindow } from './window.js';

export const INITIALIZERS = ['glorotUniform', 'zeros', 'ones'] as const;
export type Initializer = (typeof INITIALIZERS)[number];

export interface WeightDescription {
  /** `<layer>/<weight>` with Keras' weight names. */
  readonly name: string;
  readonly shape: Shape;
  /** False for moving statistics. */
  readonly trainable: boolean;
  readonly initializer: Initializer;
  /** Fan-in and fan-out, for the initialiser. */
  readonly fanIn: number;
  readonly fanOut: number;
  /** L2 penalty in the training loss. */
  readonly l2: number;
}

export interface LayerDescription {
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: readonly WeightDescription[];
  readonly macs: number;
}

/** Keeps byte offsets of a picture's tensors within int32, with room for a batch. */
const MAX_ELEMENTS = 2 ** 26;
/** More padding makes no sense, because no window is wider than this. */
const MAX_PADDING = 4096;

/**
 * @param inputShapes output shapes of the layer's inputs, in order
 * @param where prefix of error messages
 * @throws MienError `MODEL_INVALID` if attributes or shapes do not match
 */
export function describeLayer(layer: Layer, inputShapes: readonly Shape[], where: string): LayerDescription {
  const invalid = (problem: string) =>
    new MienError('MODEL_INVALID', `${where}: layer ${layer.name}: ${problem}`);
  if (layer.kind === 'concatenate') {
    if (inputShapes.length === 0) throw invalid('concatenate takes at least one input');
  } else {
    const expected = layer.kind === 'input' ? 0 : layer.kind === 'add' || layer.kind === 'multiply' ? 2 : 1;
    if (inputShapes.length !== expected) {
      throw invalid(`${layer.kind} takes ${expected} inputs, got ${inputShapes.length}`);
    }
  }
  const whole = (name: string, value: number) => {
    if (!Number.isInteger(value) || value < 1 || value > MAX_ELEMENTS) {
      throw invalid(`${name} must be a whole number of at least 1, got ${value}`);
    }
  };
  const input = inputShapes[0] ?? [];
  const image = (): ImageShape => {
    const [height, width, channels, ...rest] = input;
    if (height === undefined || width === undefined || channels === undefined || rest.length > 0) {
      throw invalid(`expected an input [height, width, channels], got [${input.join(', ')}]`);
    }
    return [height, width, channels];
  };
  const features = (): number => {
    const [count, ...rest] = input;
    if (count === undefined || rest.length > 0)
      throw invalid(`expected an input [features], got [${input.join(', ')}]`);
    return count;
  };
  const weight = (
    name: string,
    shape: Shape,
    initializer: Initializer,
    { trainable = true, fanIn = 1, fanOut = 1, l2 = 0 } = {},
  ): WeightDescription => ({
    name: `${layer.name}/${name}`,
    shape,
    trainable,
    initializer,
    fanIn,
    fanOut,
    l2,
  });
  const biasOf = (useBias: boolean, count: number) => (useBias ? [weight('bias', [count], 'zeros')] : []);
  const done = (
    outputShape: Shape,
    weights: readonly WeightDescription[] = [],
    macs = 0,
  ): LayerDescription => {
    if (elementCount(outputShape) > MAX_ELEMENTS)
      throw invalid(`output [${outputShape.join(', ')}] is too large`);
    return { inputShapes, outputShape, weights, macs };
  };
  const checkPadding = (padding: Padding) => {
    if (typeof padding === 'string') return;
    for (const [side, amount] of Object.entries(padding) as [string, number][]) {
      if (!Number.isInteger(amount) || amount < 0 || amount > MAX_PADDING) {
        throw invalid(`padding ${side} must be a whole number of 0 to ${MAX_PADDING}, got ${amount}`);
      }
    }
  };
  const windowed = (attributes: Parameters<typeof resolveWindow>[1]): Size => {
    whole('window height', attributes.size[0]);
    whole('window width', attributes.size[1]);
    whole('strides', attributes.strides);
    checkPadding(attributes.padding);
    const [height, width] = image();
    const window = resolveWindow([height, width], attributes);
    if (window.outputHeight < 1 || window.outputWidth < 1) {
      throw invalid(`a ${attributes.size.join('×')} window does not fit into ${height}×${width}`);
    }
    return { height: window.outputHeight, width: window.outputWidth };
  };

  switch (layer.kind) {
    case 'input': {
      layer.shape.forEach((side, axis) => {
        whole(`input dimension ${axis}`, side);
      });
      return done(layer.shape);
    }
    case 'conv2d': {
      whole('filters', layer.filters);
      const [, , channels] = image();
      const { height, width } = windowed({ size: layer.kernelSize, ...layer });
      const [kernelHeight, kernelWidth] = layer.kernelSize;
      const taps = kernelHeight * kernelWidth;
      whole('groups', layer.groups);
      if (channels % layer.groups !== 0 || layer.filters % layer.groups !== 0) {
        throw invalid(
          `${channels} channels and ${layer.filters} filters do not divide into ${layer.groups} groups`,
        );
      }
      const inputChannels = channels / layer.groups;
      const kernel = weight(
        'kernel',
        [kernelHeight, kernelWidth, inputChannels, layer.filters],
        'glorotUniform',
        {
          fanIn: taps * inputChannels,
          fanOut: taps * layer.filters,
          l2: layer.kernelL2,
        },
      );
      const macs = height * width * taps * inputChannels * layer.filters;
      return done([height, width, layer.filters], [kernel, ...biasOf(layer.useBias, layer.filters)], macs);
    }
    case 'depthwiseConv2d':
    case 'separableConv2d': {
      const [, , channels] = image();
      const { height, width } = windowed({ size: layer.kernelSize, ...layer });
      const [kernelHeight, kernelWidth] = layer.kernelSize;
      const taps = kernelHeight * kernelWidth;
      const depthwiseShape = [kernelHeight, kernelWidth, channels, 1];
      // Keras computes fans from the last two dimensions, which for a depthwise kernel are (channels, 1).
      const depthwise = weight('depthwise_kernel', depthwiseShape, 'glorotUniform', {
        fanIn: taps * channels,
        fanOut: taps,
      });
      const depthwiseMacs = height * width * taps * channels;
      if (layer.kind === 'depthwiseConv2d') {
        return done(
          [height, width, channels],
          [depthwise, ...biasOf(layer.useBias, channels)],
          depthwiseMacs,
        );
      }
      whole('filters', layer.filters);
      const pointwise = weight('pointwise_kernel', [1, 1, channels, layer.filters], 'glorotUniform', {
        fanIn: channels,
        fanOut: layer.filters,
      });
      return done(
        [height, width, layer.filters],
        [depthwise, pointwise, ...biasOf(layer.useBias, layer.filters)],
        depthwiseMacs + height * width * channels * layer.filters,
      );
    }
    case 'batchNormalization': {
      if (!(layer.epsilon > 0)) throw invalid(`epsilon must be above 0, got ${layer.epsilon}`);
      if (!(layer.momentum >= 0 && layer.momentum <= 1))
        throw invalid(`momentum must be 0…1, got ${layer.momentum}`);
      const shape = [input.at(-1) ?? 1];
      return done(input, [
        ...(layer.scale ? [weight('gamma', shape, 'ones')] : []),
        ...(layer.center ? [weight('beta', shape, 'zeros')] : []),
        weight('moving_mean', shape, 'zeros', { trainable: false }),
        weight('moving_variance', shape, 'ones', { trainable: false }),
      ]);
    }
    case 'activation':
      return done(input);
    case 'prelu':
      return done(input, [weight('alpha', [input.at(-1) ?? 1], 'zeros')]);
    case 'clip':
      if (!(layer.min <= layer.max)) throw invalid(`min ${layer.min} is above max ${layer.max}`);
      return done(input);
    case 'dropout':
      if (!(layer.rate >= 0 && layer.rate < 1))
        throw invalid(`rate must be 0 or more and below 1, got ${layer.rate}`);
      return done(input);
    case 'maxPooling2d':
    case 'averagePooling2d': {
      const [, , channels] = image();
      const { height, width } = windowed({ size: layer.poolSize, ...layer });
      return done([height, width, channels]);
    }
    case 'globalAveragePooling2d':
      return done([image()[2]]);
    case 'flatten':
      return done([elementCount(input)]);
    case 'dense': {
      whole('units', layer.units);
      const fanIn = features();
      const kernel = weight('kernel', [fanIn, layer.units], 'glorotUniform', { fanIn, fanOut: layer.units });
      return done([layer.units], [kernel, ...biasOf(layer.useBias, layer.units)], fanIn * layer.units);
    }
    case 'add': {
      const [a = [], b = []] = inputShapes;
      if (a.join() !== b.join()) throw invalid(`cannot add [${a.join(', ')}] and [${b.join(', ')}]`);
      return done(a);
    }
    case 'multiply': {
      const [a = [], b = []] = inputShapes;
      const perChannel = b.length === 1 && b[0] === a.at(-1);
      if (a.join() !== b.join() && !perChannel) {
        throw invalid(`cannot multiply [${a.join(', ')}] by [${b.join(', ')}]`);
      }
      return done(a);
    }
    case 'concatenate': {
      const { axis } = layer;
      if (!Number.isInteger(axis) || axis < 0 || axis >= input.length) {
        throw invalid(`axis must be 0 to ${input.length - 1}, got ${axis}`);
      }
      const others = (shape: Shape) => shape.filter((_, index) => index !== axis).join();
      const odd = inputShapes.find(
        (shape) => shape.length !== input.length || others(shape) !== others(input),
      );
      if (odd !== undefined)
        throw invalid(`cannot join [${input.join(', ')}] and [${odd.join(', ')}] along ${axis}`);
      const length = inputShapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0);
      return done(input.map((side, index) => (index === axis ? length : side)));
    }
    case 'reshape': {
      layer.shape.forEach((side, axis) => {
        whole(`dimension ${axis}`, side);
      });
      if (elementCount(layer.shape) !== elementCount(input)) {
        throw invalid(`[${input.join(', ')}] has not as many elements as [${layer.shape.join(', ')}]`);
      }
      return done(layer.shape);
    }
    case 'resize2d': {
      const [height, width] = layer.size;
      whole('height', height);
      whole('width', width);
      return done([height, width, image()[2]]);
    }
    case 'zeroPadding2d': {
      const { padding, channelsAfter } = layer;
      checkPadding(padding);
      checkPadding({ top: 0, left: 0, bottom: 0, right: channelsAfter });
      const [height, width, channels] = image();
      return done([
        height + padding.top + padding.bottom,
        width + padding.left + padding.right,
        channels + channelsAfter,
      ]);
    }
    default:
      return layer satisfies never;
  }
}

interface Size {
  readonly height: number;
  readonly width: number;
}
