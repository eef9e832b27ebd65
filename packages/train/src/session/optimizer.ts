/**
 * Optimisers: how a step turns gradients into new weights.
 *
 * An optimiser is one launch over the whole block of weights plus a handful of numbers in memory, which change
 * from step to step while the program stays the same. Formulas and defaults are those of Keras.
 */
import { MienError } from '@mien/core';
import type { Kernels, Program, Tensor, Weights } from '@mien/core/nn';
import type { ParameterBlock, ParameterStore } from './parameter-store.js';

export interface AdamConfig {
  readonly kind: 'adam';
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-7. */
  readonly epsilon?: number;
}

export interface SgdConfig {
  readonly kind: 'sgd';
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

export type OptimizerConfig = AdamConfig | SgdConfig;

/** What a run needs to go on as if it had never stopped. */
export interface OptimizerState {
  /** Steps taken so far. */
  readonly step: number;
  /** `adam/m/<weight>`, `adam/v/<weight>` or `sgd/velocity/<weight>`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface Optimizer {
  /** Launches that update all weights from their gradients; run after {@link Optimizer.prepareStep}. */
  readonly program: Program;
  /** Counts the step and writes its learning rate into memory. */
  prepareStep(learningRate: number): void;
  state(): OptimizerState;
  load(state: OptimizerState): void;
}

const ELEMENT_GRAIN = 4096;
/** Numbers that the kernels read from memory. */
const HYPER_COUNT = 5;

export function createOptimizer(
  kernels: Kernels,
  parameters: ParameterStore,
  config: OptimizerConfig,
): Optimizer {
  const hyper = kernels.allocate(HYPER_COUNT * 4);
  const slotNames = config.kind === 'adam' ? ['m', 'v'] : ['velocity'];
  const slots = slotNames.map((name) => ({
    prefix: `${config.kind}/${name}/`,
    block: parameters.allocateBlock(),
  }));
  const blocks = [parameters.weights, parameters.gradients, ...slots.map(({ block }) => block)];
  let step = 0;
  return {
    program: [
      {
        kernel: config.kind,
        args: [...blocks.map(({ offset }: ParameterBlock) => offset), hyper],
        items: parameters.blockLength,
        grain: ELEMENT_GRAIN,
      },
    ],
    prepareStep(learningRate) {
      step += 1;
      kernels.f32(hyper, HYPER_COUNT).set(hyperOf(config, learningRate, step));
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

function hyperOf(config: OptimizerConfig, learningRate: number, step: number): readonly number[] {
  switch (config.kind) {
    case 'adam': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = config;
      // Ref: Kingma and Ba, "Adam", 2015, end of section 2: the bias correction folded into the rate.
      const corrected = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      return [corrected, beta1, beta2, epsilon, 0];
    }
    case 'sgd': {
      const { momentum = 0, nesterov = false } = config;
      return [learningRate, momentum, nesterov ? 1 : 0, 0];
    }
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
