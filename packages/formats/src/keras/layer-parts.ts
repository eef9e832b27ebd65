/** Parts of Keras layers that take more than a line: dilation, normalization, shapes, regularizers. */
import { isRecord, type MienError } from '@mien/core';
import type { Shape } from '@mien/core/nn';
import { dilatedKernel } from '../import/dilation.js';
import type { JsonFields } from './json-fields.js';
import { affineStep, step, type LayerAttributes, type LayerStep } from './layer-step.js';

/** What Keras adds to a deviation of zero. */
const NORMALIZATION_EPSILON = 1e-7;

/** A kernel whose taps are apart is a larger one with zeros between them, which every format can say. */
export function dilated(
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
      return {
        attributes,
        stored: [kernel('kernel', [channels / main.groups, main.filters]), ...bias(main.filters)],
      };
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
export function normalization(
  config: JsonFields,
  shape: Shape,
  unsupported: (what: string) => MienError,
): LayerStep {
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
export function readNumber(config: JsonFields, fallback: number, ...names: readonly string[]): number {
  const [number = fallback] = readNumbers(config, fallback, ...names);
  return number;
}

export function readNumbers(
  config: JsonFields,
  fallback: number,
  ...names: readonly string[]
): readonly number[] {
  let value: unknown = config.get(...names) ?? fallback;
  for (let depth = 0; isRecord(value) && depth < 3; depth++) value = value['value'] ?? value['config'];
  // Nested lists around one row of numbers: [[[m]]].
  while (Array.isArray(value) && value.length === 1 && Array.isArray(value[0])) value = value[0] as unknown;
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const isNumbers =
    list.length > 0 && list.every((item) => typeof item === 'number' && Number.isFinite(item));
  return isNumbers ? (list as number[]) : config.fail(names, 'a number or a list of numbers', value);
}

/** One side may be −1: what is left. */
export function parseTargetShape(config: JsonFields, shape: Shape): Shape {
  const sides = config.list('target_shape');
  const isValid = (side: unknown): side is number =>
    Number.isInteger(side) && (side === -1 || (side as number) > 0);
  const wrong = sides.find((side) => !isValid(side));
  if (wrong !== undefined) return config.fail(['target_shape'], 'whole numbers', wrong);
  const numbers = sides as readonly number[];
  if (numbers.filter((side) => side === -1).length > 1)
    return config.fail(['target_shape'], 'of at most one -1', sides);
  const count = shape.reduce((product, side) => product * side, 1);
  const given = numbers.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  return numbers.map((side) => (side === -1 ? count / given : side));
}

/** The axis without the batch. */
export function parseAxis(config: JsonFields, inputRank: number, name: string): number {
  const axis = config.number(-1, name);
  return axis < 0 ? inputRank + axis : axis - 1;
}

/** The factor of the squared kernel in the loss; other regularizers only matter in training and are left out. */
export function parseL2(config: JsonFields): number {
  const regularizer = config.get('kernel_regularizer', 'W_regularizer');
  if (!isRecord(regularizer)) return 0;
  // Keras 1 has the factors beside the name, later ones in `config`.
  const factors = isRecord(regularizer['config']) ? regularizer['config'] : regularizer;
  const l2 = factors['l2'];
  return typeof l2 === 'number' && l2 >= 0 ? l2 : 0;
}

/** `[[top, bottom], [left, right]]`, `[vertical, horizontal]` or one number. */
export function parseZeroPadding(config: JsonFields) {
  const value = config.get('padding');
  const sides = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : undefined;
  if (sides?.every((side) => Array.isArray(side) && side.length === 2) === true) {
    const [[top, bottom], [left, right]] = sides as [[number, number], [number, number]];
    return { top, bottom, left, right };
  }
  const [vertical, horizontal] = config.pair([1, 1], 'padding');
  return { top: vertical, bottom: vertical, left: horizontal, right: horizontal };
}
