/**
 * One layer of a Keras description → layers of ours.
 *
 * Most become one. A layer with an activation of its own becomes two, and one that does nothing in inference (noise,
 * a linear activation) becomes none. Attribute names are those of Keras 2 and 3, with Keras 1's beside them.
 *
 * Ref: https://keras.io/api/layers/, and for Keras 1 its `keras/legacy/interfaces.py` in 2.x, which lists what was renamed.
 */
import { MienError } from '@mien/core';
import type { Padding, Shape } from '@mien/core/nn';
import { show, type JsonFields } from './json-fields.js';
import { affineStep, leakyStep, step, type LayerAttributes, type LayerStep } from './layer-step.js';
import {
  dilated,
  normalization,
  parseAxis,
  parseL2,
  parseTargetShape,
  parseZeroPadding,
  readNumber,
  readNumbers,
} from './layer-parts.js';
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
    'kernelSize' in main
      ? dilated(main, config.pair([1, 1], 'dilation_rate', 'atrous_rate'), channels)
      : step(main),
    // Only the number of channels matters to an activation.
    ...parseActivation(
      { ...layer, shape: inputRank === 3 ? [1, 1, outputs] : [outputs] },
      config.get('activation'),
    ),
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
      return withActivation(
        {
          kind: 'conv2d',
          filters: filters(),
          kernelSize: kernelSize(),
          ...window(),
          useBias: useBias(),
          groups: config.number(1, 'groups'),
          kernelL2: parseL2(config),
        },
        filters(),
      );
    case 'DepthwiseConv2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation(
        {
          kind: 'depthwiseConv2d',
          kernelSize: kernelSize(),
          ...window(),
          useBias: useBias(),
        },
        channels,
      );
    case 'SeparableConv2D':
    case 'SeparableConvolution2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation(
        {
          kind: 'separableConv2d',
          filters: filters(),
          kernelSize: kernelSize(),
          ...window(),
          useBias: useBias(),
        },
        filters(),
      );
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
      if (config.number(0, 'threshold') !== 0)
        throw unsupported('a threshold other than 0 has no kernel here');
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
        ...(config.boolean(false, 'keepdims') ? [step({ kind: 'reshape', shape: [1, 1, channels] })] : []),
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
      if (config.optionalText('bilinear', 'interpolation') !== 'bilinear')
        throw unsupported('only bilinear resizing is supported');
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
