/**
 * Optimisers: SGD, Adam and AdamW, with the formulas and defaults of Keras.
 *
 * An optimiser is one launch over all kernels and one over all other weights (biases, gamma, beta, alpha), plus a few
 * hyperparameters in memory for each, which change per step while the program stays the same.
 *
 * Weight decay is decoupled: in addition to the gradient step, each kernel is reduced by `weightDecay` · learning rate
 * of itself. It applies only to kernels: large biases or normalisation parameters do not make a network more complex.
 * Ref: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithms 1 and 2, without their separate
 * schedule multiplier, as in PyTorch and Keras.
 */
import { MienError } from '@mien/core';
import type { Program } from '@mien/core/compiler';
import type { Kernels, Tensor, Weights } from '@mien/core/nn';
import type { ParameterBlock, ParameterStore } from './parameter-store.js';

interface AdamSettings {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-7. */
  readonly epsilon?: number;
}

export interface AdamConfig extends AdamSettings {
  readonly kind: 'adam';
}

/** Adam with decoupled weight decay. */
export interface AdamWConfig extends AdamSettings {
  readonly kind: 'adamw';
  /** Default 0.004, as in Keras. */
  readonly weightDecay?: number;
}

export interface SgdConfig {
  readonly kind: 'sgd';
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** Decoupled; default 0. */
  readonly weightDecay?: number;
}

export type OptimizerConfig = AdamConfig | AdamWConfig | SgdConfig;

/** The state that a resumed run needs. */
export interface OptimizerState {
  /** Number of steps so far. */
  readonly step: number;
  /** `adam/m/<weight>` and `adam/v/<weight>`, likewise `adamw/…`, or `sgd/velocity/<weight>`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface Optimizer {
  /** Launches that update all weights from their gradients; run after {@link Optimizer.prepareStep}. */
  readonly program: Program;
  /** Number of steps so far. */
  readonly step: number;
  /** Counts the step and writes its learning rate into memory. */
  prepareStep(learningRate: number): void;
  state(): OptimizerState;
  load(state: OptimizerState): void;
}

const OPTIMIZER_GRAIN = 4096;
/** Hyperparameters that the kernels read from memory. */
const HYPER_COUNT = 5;

export function createOptimizer(
  kernels: Kernels,
  parameters: ParameterStore,
  config: OptimizerConfig,
): Optimizer {
  const slots = slotPrefixes(config).map((prefix) => ({ prefix, block: parameters.allocateBlock() }));
  const blocks = [parameters.weights, parameters.gradients, ...slots.map(({ block }) => block)];
  const { kernelLength, blockLength } = parameters;
  const ranges = [
    { first: 0, end: kernelLength, decays: true },
    { first: kernelLength, end: blockLength, decays: false },
  ]
    .filter(({ first, end }) => first < end)
    .map((range) => ({ ...range, hyper: kernels.allocate(HYPER_COUNT * 4) }));
  let step = 0;
  return {
    program: ranges.map(({ first, end, hyper }) => ({
      kernel: config.kind === 'sgd' ? 'sgd' : 'adam',
      args: [...blocks.map(({ offset }: ParameterBlock) => offset + first * 4), hyper],
      items: end - first,
      grain: OPTIMIZER_GRAIN,
    })),
    get step() {
      return step;
    },
    prepareStep(learningRate) {
      step += 1;
      for (const { hyper, decays } of ranges) {
        kernels.f32(hyper, HYPER_COUNT).set(hyperparametersOf(config, learningRate, step, decays));
      }
    },
    state() {
      const tensors = slots.flatMap(({ prefix, block }) =>
        [...parameters.readBlock(block)].map(([name, tensor]) => [prefix + name, tensor] as const),
      );
      return { step, tensors: new Map(tensors) };
    },
    load(state) {
      if (!Number.isSafeInteger(state.step) || state.step < 0) {
        throw new MienError(
          'MODEL_INVALID',
          `optimiser state: step must be a whole number, got ${state.step}`,
        );
      }
      for (const { prefix, block } of slots)
        parameters.writeBlock(block, withoutPrefix(state.tensors, prefix));
      step = state.step;
    },
  };
}

/** What stands before the name of a weight in the names of its state's tensors. */
export function slotPrefixes({ kind }: OptimizerConfig): readonly string[] {
  return (kind === 'sgd' ? ['velocity'] : ['m', 'v']).map((slot) => `${kind}/${slot}/`);
}

/** The hyperparameters that a kernel reads, see assembly/optimizer.ts. */
function hyperparametersOf(
  config: OptimizerConfig,
  learningRate: number,
  step: number,
  decays: boolean,
): readonly number[] {
  const decay = decays ? learningRate * weightDecayOf(config) : 0;
  switch (config.kind) {
    case 'adam':
    case 'adamw': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = config;
      // Ref: Kingma and Ba, "Adam", 2015, end of section 2: the bias correction folded into the rate.
      const corrected = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      return [corrected, beta1, beta2, epsilon, decay];
    }
    case 'sgd': {
      const { momentum = 0, nesterov = false } = config;
      return [learningRate, momentum, nesterov ? 1 : 0, decay];
    }
    default:
      return config satisfies never;
  }
}

function weightDecayOf(config: OptimizerConfig): number {
  switch (config.kind) {
    case 'adam':
      return 0;
    case 'adamw':
      return config.weightDecay ?? 0.004;
    case 'sgd':
      return config.weightDecay ?? 0;
    default:
      return config satisfies never;
  }
}

function withoutPrefix(tensors: Weights, prefix: string): Map<string, Tensor> {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
