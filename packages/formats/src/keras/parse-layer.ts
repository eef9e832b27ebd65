/**
 * One layer of a Keras description → layers of ours.
 *
 * Most become one. A layer with an activation of its own becomes two, and one that does nothing in inference (noise,
 * a linear activation) becomes none. Attribute names are those of Keras 2 and 3, with Keras 1's beside them.
 *
 * Ref: https://keras.io/api/layers/, and for Keras 1 its `keras/legacy/interfaces.py` in 2.x, which lists what was renamed.
 */
import { isRecord, MienError } from '@mien/core';
import type { Padding, Shape } from '@mien/core/nn';
import { dilatedKernel } from '../import/dilation.js';
import { show, type JsonFields } from './json-fields.js';
import { affineStep, leakyStep, step, type LayerAttributes, type LayerStep } from './layer-step.js';
import { eluSteps, parseActivation } from './parse-activation.js';

export interface KerasLayer {
  readonly className: string;
  readonly config: JsonFields;
  /** Of its first input, without the batch: `[height, width, channels]` for pictures. */
  readonly shape: Shape;
  /** Of the Keras that wrote the description. */
  readonly majorVersion: number;
  /** Whether what it gives is an output of the network. */
  readonly isOutput: boolean;
}

/** What lets values through as they are in inference, and has no state. */
const IDENTITIES = new Set([
  'ActivityRegularization',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'Identity',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHue',
  'RandomInvert',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomZoom',
  'SpatialDropout2D',
]);
/** What Keras adds to a deviation of zero. */
const NORMALIZATION_EPSILON = 1e-7;

/** @throws MienError `UNSUPPORTED` that names the layer and what of it is not known, `MODEL_INVALID` */
export function parseLayer(layer: KerasLayer): readonly LayerStep[] {
  const { className, config, shape } = layer;
  const inputRank = shape.length;
  const [height = 1, width = 1, channels = 1] = shape;
  const unsupported = (what: string): MienError => new MienError('UNSUPPORTED', `${config.where}: ${what}`);
  const expect = (name: string, expected: readonly unknown[]): void => {
    const value = config.get(name);
    if (value !== undefined && !expected.includes(value)) {
      throw unsupported(`${name} is ${show(value)}, supported is ${expected.map(show).join(' or ')}`);
    }
  };
  const expectPlainWindow = (): void => {
    expect('data_format', ['channels_last']);
    expect('dim_ordering', ['tf']);
  };
  const strides = (fallback: readonly [number, number], ...names: readonly string[]): number => {
    const [vertical, horizontal] = config.pair(fallback, ...names);
    if (vertical !== horizontal) throw unsupported(`strides differ (${vertical}, ${horizontal})`);
    return vertical;
  };
  const padding = (): Padding => {
    const value = config.optionalText('valid', 'padding', 'border_mode');
    if (value !== 'valid' && value !== 'same')
      throw unsupported(`padding is ${show(value)}, supported is valid or same`);
    return value;
  };
  const kernelSize = (): readonly [number, number] =>
    config.get('nb_row') === undefined
      ? config.pair(undefined, 'kernel_size')
      : [config.number(undefined, 'nb_row'), config.number(undefined, 'nb_col')];
  const window = () => ({ strides: strides([1, 1], 'strides', 'subsample'), padding: padding() });
  const filters = (): number => config.number(undefined, 'filters', 'nb_filter');
  const useBias = (): boolean => config.boolean(true, 'use_bias', 'bias');
  const withActivation = (main: LayerAttributes, outputs: number): readonly LayerStep[] => [
    'kernelSize' in main ? dilated(main, config.pair([1, 1], 'dilation_rate', 'atrous_rate'), channels) : step(main),
    // Only the number of channels matters to an activation.
    ...parseActivation({ ...layer, shape: inputRank === 3 ? [1, 1, outputs] : [outputs] }, config.get('activation')),
  ];

  const parseInterpolation = (): 'nearest' | 'bilinear' => {
    const name = config.optionalText('nearest', 'interpolation');
    if (name !== 'nearest' && name !== 'bilinear') throw unsupported(`interpolation is ${show(name)}`);
    return name;
  };

  switch (className) {
    case 'Conv2D':
    case 'Convolution2D':
      expectPlainWindow();
      return withActivation({
        kind: 'conv2d',
        filters: filters(),
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
        groups: config.number(1, 'groups'),
        kernelL2: parseL2(config),
      }, filters());
    case 'DepthwiseConv2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation({
        kind: 'depthwiseConv2d',
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
      }, channels);
    case 'SeparableConv2D':
    case 'SeparableConvolution2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation({
        kind: 'separableConv2d',
        filters: filters(),
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
      }, filters());
    case 'BatchNormalization': {
      const axis = config.get('axis') ?? -1;
      const [only] = Array.isArray(axis) && axis.length === 1 ? (axis as unknown[]) : [axis];
      if (only !== -1 && only !== inputRank)
        throw unsupported(`axis is ${show(only)}, supported is the last one`);
      expect('mode', [0]);
      expect('renorm', [false]);
      return [
        step({
          kind: 'batchNormalization',
          epsilon: config.number(1e-3, 'epsilon'),
          momentum: config.number(0.99, 'momentum'),
          center: config.boolean(true, 'center'),
          scale: config.boolean(true, 'scale'),
        }),
      ];
    }
    case 'Activation':
      return parseActivation(layer, config.get('activation') ?? config.text('activation'));
    case 'ReLU': {
      if (config.number(0, 'threshold') !== 0) throw unsupported('a threshold other than 0 has no kernel here');
      const slope = config.number(0, 'negative_slope');
      const max = config.get('max_value') === undefined ? Infinity : config.number(undefined, 'max_value');
      if (slope !== 0) {
        const bounded = max === Infinity ? [] : [step({ kind: 'clip', min: -Infinity, max })];
        return [leakyStep(shape, slope), ...bounded];
      }
      if (max === Infinity) return [step({ kind: 'activation', activation: 'relu' })];
      return [step(max === 6 ? { kind: 'activation', activation: 'relu6' } : { kind: 'clip', min: 0, max })];
    }
    case 'LeakyReLU':
      return [leakyStep(shape, readNumber(config, 0.3, 'negative_slope', 'alpha'))];
    case 'ELU':
      return eluSteps(shape, readNumber(config, 1, 'alpha'));
    case 'PReLU': {
      const shared = config.get('shared_axes');
      const axes = Array.isArray(shared) ? (shared as unknown[]).join() : '';
      if (axes !== (inputRank === 3 ? '1,2' : '')) {
        throw unsupported('shared_axes must be [1, 2]: one alpha for each channel is supported');
      }
      return [step({ kind: 'prelu' })];
    }
    case 'Softmax':
      if (![-1, inputRank].includes(config.number(-1, 'axis')))
        throw unsupported('axis must be the last one');
      return [step({ kind: 'activation', activation: 'softmax' })];
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      expectPlainWindow();
      const poolSize = config.pair([2, 2], 'pool_size');
      const attributes = { poolSize, strides: strides(poolSize, 'strides'), padding: padding() };
      return [
        step(
          className === 'MaxPooling2D'
            ? { kind: 'maxPooling2d', ...attributes }
            : { kind: 'averagePooling2d', ...attributes, countIncludesPadding: false },
        ),
      ];
    }
    case 'GlobalAveragePooling2D':
      expectPlainWindow();
      return [
        step({ kind: 'globalAveragePooling2d' }),
        ...(config.boolean(false, 'keepdims')
          ? [step({ kind: 'reshape', shape: [1, 1, channels] })]
          : []),
      ];
    case 'GlobalMaxPooling2D':
      expectPlainWindow();
      return [
        step({ kind: 'maxPooling2d', poolSize: [height, width], strides: 1, padding: 'valid' }),
        ...(config.boolean(false, 'keepdims') ? [] : [step({ kind: 'flatten' })]),
      ];
    case 'UpSampling2D': {
      expectPlainWindow();
      const [down, across] = config.pair([2, 2], 'size');
      const size = [height * down, width * across] as const;
      return [step({ kind: 'resize2d', size, interpolation: parseInterpolation() })];
    }
    case 'Resizing': {
      expectPlainWindow();
      expect('crop_to_aspect_ratio', [false]);
      expect('pad_to_aspect_ratio', [false]);
      expect('antialias', [false]);
      const size = [config.number(undefined, 'height'), config.number(undefined, 'width')] as const;
      // Pixels are nearest by other rules there: only the bilinear ones are the same.
      if (config.optionalText('bilinear', 'interpolation') !== 'bilinear') throw unsupported('only bilinear resizing is supported');
      return [step({ kind: 'resize2d', size, interpolation: 'bilinear' })];
    }
    case 'Rescaling':
      return [affineStep(shape, readNumbers(config, 1, 'scale'), readNumbers(config, 0, 'offset'))];
    case 'Normalization':
      return [normalization(config, shape, unsupported)];
    case 'ZeroPadding2D': {
      expectPlainWindow();
      return [step({ kind: 'zeroPadding2d', padding: parseZeroPadding(config), channelsAfter: 0 })];
    }
    case 'Flatten':
      expect('data_format', ['channels_last']);
      return [step({ kind: 'flatten' })];
    case 'Reshape':
      return [step({ kind: 'reshape', shape: parseTargetShape(config, shape) })];
    case 'Dense':
      return withActivation(
        { kind: 'dense', units: config.number(undefined, 'units', 'output_dim'), useBias: useBias() },
        config.number(undefined, 'units', 'output_dim'),
      );
    case 'Dropout':
      return [step({ kind: 'dropout', rate: config.number(0.5, 'rate', 'p') })];
    case 'Add':
      return [step({ kind: 'add' })];
    case 'Multiply':
      return [step({ kind: 'multiply' })];
    case 'Concatenate':
      return [step({ kind: 'concatenate', axis: parseAxis(config, inputRank, 'axis') })];
    case 'Merge': {
      const mode = config.text('mode');
      if (mode === 'sum') return [step({ kind: 'add' })];
      if (mode === 'mul') return [step({ kind: 'multiply' })];
      if (mode === 'concat')
        return [step({ kind: 'concatenate', axis: parseAxis(config, inputRank, 'concat_axis') })];
      throw unsupported(`mode is ${show(mode)}, supported is sum, mul or concat`);
    }
    default:
      if (IDENTITIES.has(className)) return [];
      throw unsupported(`there is no layer of the class ${className} here`);
  }
}

/** A kernel whose taps are apart is a larger one with zeros between them, which every format can say. */
function dilated(
  main: Extract<LayerAttributes, { kernelSize: unknown }>,
  rates: readonly [number, number],
  channels: number,
): LayerStep {
  if (rates.every((rate) => rate === 1)) return step(main);
  const { kernelSize } = main;
  const enlarged = dilatedKernel(kernelSize, rates);
  const attributes = { ...main, kernelSize: enlarged.size };
  const bias = (filters: number) =>
    main.useBias ? [{ kerasName: 'bias', kerasShape: [filters], trainable: true, ours: 'bias' }] : [];
  const kernel = (ours: string, perTap: readonly number[]) => ({
    kerasName: ours,
    kerasShape: [...kernelSize, ...perTap],
    trainable: true,
    ours,
    convert: (data: Float32Array) => enlarged.spread(data, perTap[0]! * perTap[1]!),
  });
  switch (main.kind) {
    case 'conv2d':
      return { attributes, stored: [kernel('kernel', [channels / main.groups, main.filters]), ...bias(main.filters)] };
    case 'depthwiseConv2d':
      return { attributes, stored: [kernel('depthwise_kernel', [channels, 1]), ...bias(channels)] };
    case 'separableConv2d': {
      const pointwise = {
        kerasName: 'pointwise_kernel',
        kerasShape: [1, 1, channels, main.filters],
        trainable: true,
        ours: 'pointwise_kernel',
      };
      return {
        attributes,
        stored: [kernel('depthwise_kernel', [channels, 1]), pointwise, ...bias(main.filters)],
      };
    }
    default:
      return main satisfies never;
  }
}

/** Means and variances that were measured on the data (`adapt`), or are given. */
function normalization(config: JsonFields, shape: Shape, unsupported: (what: string) => MienError): LayerStep {
  const axis = config.get('axis') ?? -1;
  const [only, ...more] = Array.isArray(axis) ? (axis as unknown[]) : [axis];
  if (more.length > 0 || (only !== -1 && only !== shape.length)) {
    throw unsupported('axis must be the last one');
  }
  if (config.get('invert') === true) throw unsupported('invert has no counterpart here');
  const channels = shape.at(-1) ?? 1;
  if (config.get('mean') !== undefined) {
    const mean = readNumbers(config, 0, 'mean');
    const factors = readNumbers(config, 1, 'variance').map(
      (variance) => 1 / Math.max(Math.sqrt(variance), NORMALIZATION_EPSILON),
    );
    const factor = (at: number): number => factors[factors.length === 1 ? 0 : at] ?? 1;
    const all = Array.from({ length: Math.max(mean.length, factors.length) }, (_, at) => at);
    const offsets = all.map((at) => -(mean[mean.length === 1 ? 0 : at] ?? 0) * factor(at));
    return affineStep(shape, all.map(factor), offsets);
  }
  const measured = (name: string, ours: string) => ({
    kerasName: name,
    kerasShape: [channels],
    trainable: false,
    ours,
  });
  return {
    attributes: {
      kind: 'batchNormalization',
      epsilon: NORMALIZATION_EPSILON ** 2,
      momentum: 0.99,
      center: false,
      scale: false,
    },
    stored: [
      measured('mean', 'moving_mean'),
      measured('variance', 'moving_variance'),
      // The number of values that were measured.
      { kerasName: 'count', kerasShape: [], trainable: false, ours: undefined },
    ],
  };
}

/** A number, also in the forms in which Keras has written arrays of one. */
function readNumber(config: JsonFields, fallback: number, ...names: readonly string[]): number {
  const [number = fallback] = readNumbers(config, fallback, ...names);
  return number;
}

function readNumbers(config: JsonFields, fallback: number, ...names: readonly string[]): readonly number[] {
  let value: unknown = config.get(...names) ?? fallback;
  for (let depth = 0; isRecord(value) && depth < 3; depth++) value = value['value'] ?? value['config'];
  // Nested lists around one row of numbers: [[[m]]].
  while (Array.isArray(value) && value.length === 1 && Array.isArray(value[0])) value = value[0] as unknown;
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const isNumbers = list.length > 0 && list.every((item) => typeof item === 'number' && Number.isFinite(item));
  return isNumbers ? (list as number[]) : config.fail(names, 'a number or a list of numbers', value);
}

/** One side may be −1: what is left. */
function parseTargetShape(config: JsonFields, shape: Shape): Shape {
  const sides = config.list('target_shape');
  const isValid = (side: unknown): side is number => Number.isInteger(side) && (side === -1 || (side as number) > 0);
  const wrong = sides.find((side) => !isValid(side));
  if (wrong !== undefined) return config.fail(['target_shape'], 'whole numbers', wrong);
  const numbers = sides as readonly number[];
  if (numbers.filter((side) => side === -1).length > 1) return config.fail(['target_shape'], 'of at most one -1', sides);
  const count = shape.reduce((product, side) => product * side, 1);
  const given = numbers.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  return numbers.map((side) => (side === -1 ? count / given : side));
}

/** The axis without the batch. */
function parseAxis(config: JsonFields, inputRank: number, name: string): number {
  const axis = config.number(-1, name);
  return axis < 0 ? inputRank + axis : axis - 1;
}

/** The factor of the squared kernel in the loss; other regularizers only matter in training and are left out. */
function parseL2(config: JsonFields): number {
  const regularizer = config.get('kernel_regularizer', 'W_regularizer');
  if (!isRecord(regularizer)) return 0;
  // Keras 1 has the factors beside the name, later ones in `config`.
  const factors = isRecord(regularizer['config']) ? regularizer['config'] : regularizer;
  const l2 = factors['l2'];
  return typeof l2 === 'number' && l2 >= 0 ? l2 : 0;
}

/** `[[top, bottom], [left, right]]`, `[vertical, horizontal]` or one number. */
function parseZeroPadding(config: JsonFields) {
  const value = config.get('padding');
  const sides = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : undefined;
  if (sides?.every((side) => Array.isArray(side) && side.length === 2) === true) {
    const [[top, bottom], [left, right]] = sides as [[number, number], [number, number]];
    return { top, bottom, left, right };
  }
  const [vertical, horizontal] = config.pair([1, 1], 'padding');
  return { top: vertical, bottom: vertical, left: horizontal, right: horizontal };
}
