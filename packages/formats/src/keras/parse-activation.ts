/**
 * A Keras activation, by its name or as the description of a layer → layers of ours.
 *
 * Ref: https://keras.io/api/layers/activations/
 */
import { isRecord, MienError } from '@mien/core';
import type { ActivationName, Shape } from '@mien/core/nn';
import { show, type JsonFields } from './json-fields.js';
import { affineStep, leakyStep, step, type LayerStep } from './layer-step.js';

export interface ActivationContext {
  readonly config: JsonFields;
  /** Of the value that it is applied to. */
  readonly shape: Shape;
  /** Of the Keras that wrote the description. */
  readonly majorVersion: number;
  /** Whether what it gives is an output of the network. */
  readonly isOutput: boolean;
}

/** Activations that are one function of ours under one name in every version. */
const SINGLE: Readonly<Record<string, ActivationName>> = {
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  softmax: 'softmax',
  tanh: 'tanh',
  gelu: 'gelu',
};
/** Keras 2's hard_sigmoid has a slope of 1/5, that of 3 has 1/6, as ours. */
const SINGLE_OF_KERAS_3: Readonly<Record<string, ActivationName>> = {
  hard_sigmoid: 'hardSigmoid',
  hard_silu: 'hardSwish',
  hard_swish: 'hardSwish',
};
/** Ref: Klambauer et al. 2017, "Self-Normalizing Neural Networks". */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 } as const;
const LEAKY_SLOPE = 0.2;
const COMPOSED = ['elu', 'selu', 'swish', 'silu', 'leaky_relu', 'hard_sigmoid', 'log_softmax'] as const;

/** @throws MienError `UNSUPPORTED` that names the activation */
export function parseActivation(context: ActivationContext, value: unknown): readonly LayerStep[] {
  const { config, shape, majorVersion, isOutput } = context;
  const name = nameOf(value);
  if (name === undefined || name === 'linear') return [];
  const single = majorVersion >= 3 ? { ...SINGLE, ...SINGLE_OF_KERAS_3 } : SINGLE;
  const activation = Object.hasOwn(single, name) ? single[name] : undefined;
  if (activation !== undefined) return [step({ kind: 'activation', activation })];
  switch (name) {
    case 'elu':
      return eluSteps(shape, 1);
    case 'selu':
      return [...eluSteps(shape, SELU.alpha), affineStep(shape, [SELU.scale], [0])];
    case 'swish':
    case 'silu':
      return [
        step({ kind: 'activation', activation: 'sigmoid' }),
        { attributes: { kind: 'multiply' }, takes: [-2, -1] },
      ];
    case 'leaky_relu':
      return [leakyStep(shape, LEAKY_SLOPE)];
    case 'hard_sigmoid':
      return [affineStep(shape, [0.2], [0.5]), step({ kind: 'clip', min: 0, max: 1 })];
    case 'log_softmax':
      // The logarithm is left out at the network's end: its outputs are the probabilities themselves.
      if (isOutput) return [step({ kind: 'activation', activation: 'softmax' })];
      break;
    default:
  }
  const known = [...new Set([...Object.keys(single), ...COMPOSED])].join(', ');
  throw new MienError(
    'UNSUPPORTED',
    `${config.where}: activation is ${show(name)}, supported are linear, ${known}`,
  );
}

/** exp(x) − 1 below 0, times alpha. */
export function eluSteps(shape: Shape, alpha: number): readonly LayerStep[] {
  const elu = step({ kind: 'activation', activation: 'elu' });
  return alpha === 1 ? [elu] : [elu, leakyStep(shape, alpha)];
}

/** A name, or what Keras 3 writes of a built-in function; `undefined` for none. */
function nameOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (isRecord(value)) {
    const { config, class_name: className } = value;
    if (typeof config === 'string') return config;
    if (typeof className === 'string') return className;
  }
  return show(value);
}
