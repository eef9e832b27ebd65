/**
 * One layer of a Keras description → layers of ours.
 *
 * Most become one. A layer with an activation of its own becomes two, and one that does nothing in inference (noise,
 * a linear activation) becomes none. Attribute names are those of Keras 2 and 3, with Keras 1's beside them.
 *
 * Ref: https://keras.io/api/layers/, and for Keras 1 its `keras/legacy/interfaces.py` in 2.x, which lists what was renamed.
 */
import { isRecord, MienError } from '@mien/core';
import type { ActivationName, Layer, Padding } from '@mien/core/nn';
import { show, type JsonFields } from './json-fields.js';

type OmitEach<L, K extends PropertyKey> = L extends unknown ? Omit<L, K> : never;
/** A layer of ours before it is named and connected. */
export type LayerAttributes = OmitEach<Exclude<Layer, { kind: 'input' }>, 'name' | 'inputs'>;

export interface KerasLayer {
  readonly className: string;
  readonly config: JsonFields;
  /** Dimensions of its input without the batch: 3 for pictures. */
  readonly inputRank: number;
  /** Of the Keras that wrote the description. */
  readonly majorVersion: number;
}

/** What lets values through as they are in inference, and has no state. */
const IDENTITIES = new Set([
  'ActivityRegularization',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'SpatialDropout2D',
]);

/** Activations that are the same function under the same name in every version. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  softmax: 'softmax',
  tanh: 'tanh',
};
/** Keras 2's hard_sigmoid has a slope of 1/5, that of 3 has 1/6, as ours. */
const ACTIVATIONS_OF_KERAS_3: Readonly<Record<string, ActivationName>> = {
  hard_sigmoid: 'hardSigmoid',
  hard_silu: 'hardSwish',
  hard_swish: 'hardSwish',
};

/** @throws MienError `UNSUPPORTED` that names the layer and what of it is not known, `MODEL_INVALID` */
export function parseLayer(layer: KerasLayer): readonly LayerAttributes[] {
  const { className, config, inputRank } = layer;
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
    if (config.pair([1, 1], 'dilation_rate', 'atrous_rate').join() !== '1,1') {
      throw unsupported('dilation_rate is not 1, which has no kernel here');
    }
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
  const useBias = (): boolean => config.boolean(true, 'use_bias', 'bias');
  const withActivation = (main: LayerAttributes): readonly LayerAttributes[] => [
    main,
    ...parseActivation(layer, config.get('activation')),
  ];

  switch (className) {
    case 'Conv2D':
    case 'Convolution2D':
      expectPlainWindow();
      return withActivation({
        kind: 'conv2d',
        filters: config.number(undefined, 'filters', 'nb_filter'),
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
        groups: config.number(1, 'groups'),
        kernelL2: parseL2(config),
      });
    case 'DepthwiseConv2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation({
        kind: 'depthwiseConv2d',
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
      });
    case 'SeparableConv2D':
    case 'SeparableConvolution2D':
      expectPlainWindow();
      expect('depth_multiplier', [1]);
      return withActivation({
        kind: 'separableConv2d',
        filters: config.number(undefined, 'filters', 'nb_filter'),
        kernelSize: kernelSize(),
        ...window(),
        useBias: useBias(),
      });
    case 'BatchNormalization': {
      const axis = config.get('axis') ?? -1;
      const [only] = Array.isArray(axis) && axis.length === 1 ? (axis as unknown[]) : [axis];
      if (only !== -1 && only !== inputRank)
        throw unsupported(`axis is ${show(only)}, supported is the last one`);
      expect('mode', [0]);
      expect('renorm', [false]);
      return [
        {
          kind: 'batchNormalization',
          epsilon: config.number(1e-3, 'epsilon'),
          momentum: config.number(0.99, 'momentum'),
          center: config.boolean(true, 'center'),
          scale: config.boolean(true, 'scale'),
        },
      ];
    }
    case 'Activation':
      return parseActivation(layer, config.text('activation'));
    case 'ReLU': {
      if (config.number(0, 'negative_slope') !== 0 || config.number(0, 'threshold') !== 0) {
        throw unsupported('negative_slope and threshold other than 0 have no kernel here');
      }
      if (config.get('max_value') === undefined) return [{ kind: 'activation', activation: 'relu' }];
      const max = config.number(undefined, 'max_value');
      return [max === 6 ? { kind: 'activation', activation: 'relu6' } : { kind: 'clip', min: 0, max }];
    }
    case 'PReLU': {
      const shared = config.get('shared_axes');
      const axes = Array.isArray(shared) ? (shared as unknown[]).join() : '';
      if (axes !== (inputRank === 3 ? '1,2' : '')) {
        throw unsupported('shared_axes must be [1, 2]: one alpha for each channel is supported');
      }
      return [{ kind: 'prelu' }];
    }
    case 'Softmax':
      if (![-1, inputRank].includes(config.number(-1, 'axis')))
        throw unsupported('axis must be the last one');
      return [{ kind: 'activation', activation: 'softmax' }];
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      expectPlainWindow();
      const poolSize = config.pair([2, 2], 'pool_size');
      const attributes = { poolSize, strides: strides(poolSize, 'strides'), padding: padding() };
      return [
        className === 'MaxPooling2D'
          ? { kind: 'maxPooling2d', ...attributes }
          : { kind: 'averagePooling2d', ...attributes, countIncludesPadding: false },
      ];
    }
    case 'GlobalAveragePooling2D':
      expectPlainWindow();
      expect('keepdims', [false]);
      return [{ kind: 'globalAveragePooling2d' }];
    case 'ZeroPadding2D': {
      expectPlainWindow();
      return [{ kind: 'zeroPadding2d', padding: parseZeroPadding(config), channelsAfter: 0 }];
    }
    case 'Flatten':
      expect('data_format', ['channels_last']);
      return [{ kind: 'flatten' }];
    case 'Reshape': {
      const shape = config
        .list('target_shape')
        .map((side) =>
          typeof side === 'number' && side > 0 ? side : config.fail(['target_shape'], 'stated in full', side),
        );
      return [{ kind: 'reshape', shape }];
    }
    case 'Dense':
      return withActivation({
        kind: 'dense',
        units: config.number(undefined, 'units', 'output_dim'),
        useBias: useBias(),
      });
    case 'Dropout':
      return [{ kind: 'dropout', rate: config.number(0.5, 'rate', 'p') }];
    case 'Add':
      return [{ kind: 'add' }];
    case 'Multiply':
      return [{ kind: 'multiply' }];
    case 'Concatenate':
      return [{ kind: 'concatenate', axis: parseAxis(config, inputRank, 'axis') }];
    case 'Merge': {
      const mode = config.text('mode');
      if (mode === 'sum') return [{ kind: 'add' }];
      if (mode === 'mul') return [{ kind: 'multiply' }];
      if (mode === 'concat')
        return [{ kind: 'concatenate', axis: parseAxis(config, inputRank, 'concat_axis') }];
      throw unsupported(`mode is ${show(mode)}, supported is sum, mul or concat`);
    }
    default:
      if (IDENTITIES.has(className)) return [];
      throw unsupported(`there is no layer of the class ${className} here`);
  }
}

/** An activation by name, as a layer or as a layer's attribute; none for a linear one. */
function parseActivation({ config, majorVersion }: KerasLayer, value: unknown): readonly LayerAttributes[] {
  if (value === undefined || value === 'linear') return [];
  // Keras 3 may write a built-in function as a description of one.
  const name = isRecord(value) && typeof value['config'] === 'string' ? value['config'] : value;
  const known = majorVersion >= 3 ? { ...ACTIVATIONS, ...ACTIVATIONS_OF_KERAS_3 } : ACTIVATIONS;
  const activation = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined;
  if (activation === undefined) {
    throw new MienError(
      'UNSUPPORTED',
      `${config.where}: activation is ${show(name)}, supported are linear, ${Object.keys(known).join(', ')}`,
    );
  }
  return [{ kind: 'activation', activation }];
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
