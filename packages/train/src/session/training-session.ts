/** A network in training: updates its weights by batches. */
import { argmax, MienError } from '@mien/core';
import {
  createKernels,
  describeGraph,
  elementCount,
  Network,
  type Graph,
  type KernelBuild,
  type Kernels,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import { createRandom } from '../random.js';
import { createProgramRunner, type ProgramRunner } from '../threads/program-runner.js';
import { compileGradients, type GradientProgram, type TrainingMemory } from './compile-gradients.js';
import { DropoutKeys } from './dropout-keys.js';
import { initializeWeights } from './initialize-weights.js';
import { createOptimizer, type Optimizer, type OptimizerConfig, type OptimizerState } from './optimizer.js';
import { ParameterStore } from './parameter-store.js';

export interface TrainingSessionOptions {
  readonly graph: Graph;
  /** Maximum number of pictures per step. */
  readonly batchSize: number;
  /** Initial weights; default: random by `seed`. */
  readonly weights?: Weights;
  /** An integer; the same seed, data and options give the same weights bit for bit. */
  readonly seed: number;
  readonly optimizer: OptimizerConfig;
  /**
   * Number of threads, which does not change the result. Default: all cores, or 1 in a page that is not cross-origin
   * isolated. A step blocks its thread, so a page should create the session in a worker.
   */
  readonly threads?: number;
  /**
   * At least 1: adds the distillation loss T²·(−Σ s·log softmax(logits / T)) (Hinton et al. 2015), where s are the
   * `softTargets` of each step. Default: only labels.
   */
  readonly distillationTemperature?: number;
  /**
   * Numbers `[classes]` that are added to the logits in the labels' term of the loss, not in {@link
   * TrainingSession.predict}. With τ times the logarithm of each class' share, rare classes are predicted more often
   * (Menon et al. 2021). Default: none.
   */
  readonly logitOffsets?: readonly number[];
  /** Default: the fastest that this runtime supports. */
  readonly build?: KernelBuild;
}

/** Sums over the batch of a step. */
export interface StepResult {
  /** Sum of the pictures' cross-entropies, with the teacher's term and without weight decay. */
  readonly lossSum: number;
  /** Pictures whose highest probability (after logit offsets) is at the highest target; pictures of weight 0 do not count. */
  readonly correct: number;
}

export class TrainingSession {
  readonly graph: Graph;
  readonly batchSize: number;
  readonly classes: number;
  readonly #runner: ProgramRunner;
  readonly #evaluationKernels: Kernels;
  readonly #evaluationStart: number;
  readonly #parameters: ParameterStore;
  readonly #optimizer: Optimizer;
  readonly #dropoutKeys: DropoutKeys;
  readonly #distillationTemperature: number | undefined;
  readonly #logitOffsets: number | undefined;
  readonly #programs = new Map<number, GradientProgram>();
  readonly #inputLength: number;
  #evaluation: Network | undefined;

  /** Use {@link createTrainingSession}. */
  constructor(options: TrainingSessionOptions, runner: ProgramRunner, evaluationKernels: Kernels) {
    const { graph, batchSize, seed, optimizer } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new MienError(
        'USAGE',
        `training: the batch size must be a whole number of at least 1, got ${batchSize}`,
      );
    }
    this.graph = graph;
    this.batchSize = batchSize;
    this.classes = describeGraph(graph).outputShape[0] ?? 0;
    this.#inputLength = elementCount(graph.inputShape);
    this.#runner = runner;
    this.#evaluationKernels = evaluationKernels;
    this.#evaluationStart = evaluationKernels.allocate(0);
    this.#parameters = new ParameterStore(runner.kernels, graph);
    this.#optimizer = createOptimizer(runner.kernels, this.#parameters, optimizer);
    this.#parameters.write(options.weights ?? initializeWeights(graph, createRandom(seed).fork('weights')));
    this.#dropoutKeys = new DropoutKeys(runner.kernels, graph, seed);
    this.#distillationTemperature = options.distillationTemperature;
    if (this.#distillationTemperature !== undefined && !(this.#distillationTemperature >= 1)) {
      throw new MienError(
        'USAGE',
        `training: the temperature of distillation must be at least 1, got ${this.#distillationTemperature}`,
      );
    }
    this.#logitOffsets = options.logitOffsets && this.#writeLogitOffsets(options.logitOffsets);
    this.#programFor(batchSize);
  }

  /**
   * Performs one update.
   *
   * @param inputs float32 `[count, height, width, channels]`, already in the model's input range
   * @param targets float32 `[count, classes]`, one-hot or soft labels. A row sums to the weight of its picture, at least
   *   0: its loss is −Σ t·log p, and the mean is over pictures, not over weights
   * @param count pictures in this step, at most `batchSize`
   * @param softTargets float32 `[count, classes]`, the teacher's probabilities at the session's temperature, times a
   *   weight. Only with a temperature
   * @throws MienError `DIVERGED` when the loss is not finite. The trained weights are unchanged then, but the moving
   *   statistics are not: resume from the last checkpoint
   */
  trainStep(
    inputs: Float32Array,
    targets: Float32Array,
    count: number,
    learningRate: number,
    softTargets?: Float32Array,
  ): StepResult {
    const result = this.computeGradients(inputs, targets, count, softTargets);
    if (!Number.isFinite(result.lossSum)) {
      throw new MienError('DIVERGED', `training: the loss became ${result.lossSum}; lower the learning rate`);
    }
    this.#optimizer.prepareStep(learningRate);
    this.#runner.run(this.#optimizer.program);
    this.#evaluation = undefined;
    return result;
  }

  /** Computes loss and gradients without changing trainable weights; moving statistics do change. */
  computeGradients(
    inputs: Float32Array,
    targets: Float32Array,
    count: number,
    softTargets?: Float32Array,
  ): StepResult {
    if (count < 1 || count > this.batchSize || !Number.isInteger(count)) {
      throw new MienError('USAGE', `training: a step takes 1 to ${this.batchSize} pictures, got ${count}`);
    }
    if (inputs.length !== count * this.#inputLength || targets.length !== count * this.classes) {
      throw new MienError(
        'USAGE',
        `training: ${count} pictures need ${count * this.#inputLength} inputs and ${count * this.classes} targets, ` +
          `got ${inputs.length} and ${targets.length}`,
      );
    }
    const gradients = this.#programFor(count);
    const { program, inputOffset, targetOffset, softTargetOffset, probabilityOffset, lossOffset } = gradients;
    if ((softTargetOffset === undefined ? undefined : targets.length) !== softTargets?.length) {
      throw new MienError(
        'USAGE',
        softTargetOffset === undefined
          ? 'training: soft targets need a session with distillationTemperature'
          : `training: ${count} pictures need ${targets.length} soft targets, got ${softTargets?.length ?? 'none'}`,
      );
    }
    const { kernels } = this.#runner;
    kernels.f32(inputOffset, inputs.length).set(inputs);
    kernels.f32(targetOffset, targets.length).set(targets);
    if (softTargetOffset !== undefined && softTargets !== undefined) {
      kernels.f32(softTargetOffset, softTargets.length).set(softTargets);
    }
    this.#dropoutKeys.prepareUpdate(this.#optimizer.step);
    this.#runner.run(program);
    const losses = kernels.f32(lossOffset, count);
    const probabilities = kernels.f32(probabilityOffset, targets.length);
    return {
      lossSum: losses.reduce((sum, loss) => sum + loss, 0),
      correct: countCorrect(
        probabilities,
        softTargets === undefined ? targets : targets.map((target, at) => target + (softTargets[at] ?? 0)),
        this.classes,
      ),
    };
  }

  /** Probabilities `[count, classes]` with the current weights and moving statistics. */
  predict(inputs: Float32Array, count: number): Float32Array {
    if (this.#evaluation === undefined) {
      this.#evaluationKernels.releaseTo(this.#evaluationStart);
      this.#evaluation = new Network(this.#evaluationKernels, this.graph, this.weights());
    }
    return this.#evaluation.predict(inputs, count);
  }

  /** Copies of all weights and moving statistics. */
  weights(): Map<string, Tensor> {
    return this.#parameters.read();
  }

  /** Copies of the gradients of the last step, by weight. */
  gradients(): Map<string, Tensor> {
    return this.#parameters.readBlock(this.#parameters.gradients);
  }

  optimizerState(): OptimizerState {
    return this.#optimizer.state();
  }

  /**
   * Replaces the weights and, if given, the optimiser's state.
   *
   * @throws MienError `MODEL_INVALID` when a tensor is missing or misshapen.
   */
  load(weights: Weights, optimizerState?: OptimizerState): void {
    this.#parameters.write(weights);
    if (optimizerState !== undefined) this.#optimizer.load(optimizerState);
    this.#evaluation = undefined;
  }

  get threads(): number {
    return this.#runner.threads;
  }

  /** Stops the session's threads; the session must not be used afterwards. */
  async dispose(): Promise<void> {
    await this.#runner.dispose();
  }

  /** Writes factors of one and the offsets; returns their byte offset. */
  #writeLogitOffsets(offsets: readonly number[]): number {
    if (offsets.length !== this.classes || !offsets.every(Number.isFinite)) {
      throw new MienError(
        'USAGE',
        `training: logitOffsets must be ${this.classes} numbers, one a class, got ${offsets.length} (${offsets.join(', ')})`,
      );
    }
    const { kernels } = this.#runner;
    const address = kernels.allocate(2 * this.classes * 4);
    kernels.f32(address, 2 * this.classes).set([...offsets.map(() => 1), ...offsets]);
    return address;
  }

  #programFor(count: number): GradientProgram {
    let program = this.#programs.get(count);
    if (program === undefined) {
      const memory: TrainingMemory = {
        kernels: this.#runner.kernels,
        parameters: this.#parameters,
        dropoutKeys: this.#dropoutKeys,
        distillationTemperature: this.#distillationTemperature,
        logitOffsets: this.#logitOffsets,
      };
      // The first program is for a full batch, so its arena is large enough for the others.
      const arena = this.#programs.get(this.batchSize)?.arena;
      program = compileGradients(this.graph, arena === undefined ? memory : { ...memory, arena }, count);
      this.#programs.set(count, program);
    }
    return program;
  }
}

/**
 * Creates a training session.
 *
 * @throws MienError `MODEL_INVALID`, `UNSUPPORTED` or `USAGE` when graph, weights or options do not match, `UNSUPPORTED`
 *   when several threads are requested but not available, `WORKER_FAILED` when they do not start
 */
export async function createTrainingSession(options: TrainingSessionOptions): Promise<TrainingSession> {
  const runner = await createProgramRunner(options.threads, options.build);
  try {
    return new TrainingSession(options, runner, await createKernels({ build: runner.kernels.build }));
  } catch (error) {
    await runner.dispose();
    throw error;
  }
}

function countCorrect(probabilities: Float32Array, targets: Float32Array, classes: number): number {
  let correct = 0;
  for (let start = 0; start < targets.length; start += classes) {
    const end = start + classes;
    const target = argmax(targets.subarray(start, end));
    if ((targets[start + target] ?? 0) <= 0) continue;
    if (argmax(probabilities.subarray(start, end)) === target) correct += 1;
  }
  return correct;
}
