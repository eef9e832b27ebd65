/**
 * A training session that changes only a network's last layer.
 *
 * The layers before it run as in inference, so that moving statistics stay as they are as well: every weight of theirs
 * keeps its bits. Their part of the backward pass is left out. Keras does the same for layers with `trainable = False`.
 * Ref: https://keras.io/guides/transfer_learning/
 */
import {
  createKernels,
  describeGraph,
  Network,
  requireWeight,
  type Kernels,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import { splitAtLastLayer, type SplitGraph } from './last-layer.js';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';
import { slotPrefixes, type OptimizerConfig, type OptimizerState } from './session/optimizer.js';
import {
  createTrainingSession,
  type StepResult,
  type TrainingSession,
  type TrainingSessionOptions,
} from './session/training-session.js';

/** What the trainer uses of a session. */
export type Trainee = Pick<
  TrainingSession,
  'trainStep' | 'predict' | 'weights' | 'optimizerState' | 'load' | 'threads' | 'dispose'
>;

/**
 * Creates the session. Weights and optimiser state are those of the whole network; the state of frozen weights is zero.
 *
 * @throws MienError as `createTrainingSession`, and `UNSUPPORTED` for a network that has no single last layer
 */
export async function createFrozenSession(options: TrainingSessionOptions): Promise<Trainee> {
  const split = splitAtLastLayer(options.graph);
  const start =
    options.weights ?? initializeWeights(options.graph, createRandom(options.seed).fork('weights'));
  const head = await createTrainingSession({ ...options, graph: split.head, weights: start });
  try {
    return new FrozenSession(options, split, head, start, await createKernels());
  } catch (error) {
    await head.dispose();
    throw error;
  }
}

class FrozenSession implements Trainee {
  readonly #optimizer: OptimizerConfig;
  readonly #body: SplitGraph['body'];
  readonly #head: TrainingSession;
  readonly #kernels: Kernels;
  readonly #kernelsStart: number;
  /** Of all weights of the network, in its order; those of the body are current. */
  readonly #all: Map<string, Tensor>;
  readonly #trainable: readonly string[];
  readonly #frozen: ReadonlySet<string>;
  #network: Network | undefined;

  constructor(
    { graph, optimizer }: TrainingSessionOptions,
    { body }: SplitGraph,
    head: TrainingSession,
    start: Weights,
    kernels: Kernels,
  ) {
    const described = [...describeGraph(graph).layers.values()].flatMap(({ weights }) => weights);
    this.#optimizer = optimizer;
    this.#body = body;
    this.#head = head;
    this.#kernels = kernels;
    this.#kernelsStart = kernels.allocate(0);
    this.#all = new Map(
      described.map(({ name, shape }) => [name, copyOf(requireWeight(start, name, shape))]),
    );
    this.#trainable = described.filter(({ trainable }) => trainable).map(({ name }) => name);
    this.#frozen = new Set(
      [...describeGraph(body).layers.values()].flatMap(({ weights }) => weights.map(({ name }) => name)),
    );
  }

  trainStep(
    inputs: Float32Array,
    targets: Float32Array,
    count: number,
    learningRate: number,
    softTargets?: Float32Array,
  ): StepResult {
    return this.#head.trainStep(this.#features(inputs, count), targets, count, learningRate, softTargets);
  }

  predict(inputs: Float32Array, count: number): Float32Array {
    return this.#head.predict(this.#features(inputs, count), count);
  }

  weights(): Map<string, Tensor> {
    const trained = this.#head.weights();
    return new Map([...this.#all].map(([name, tensor]) => [name, trained.get(name) ?? copyOf(tensor)]));
  }

  optimizerState(): OptimizerState {
    const { step, tensors } = this.#head.optimizerState();
    const whole = slotPrefixes(this.#optimizer).flatMap((prefix) =>
      this.#trainable.map((name): [string, Tensor] => {
        const { shape, data } = this.#all.get(name)!;
        return [prefix + name, tensors.get(prefix + name) ?? { shape, data: new Float32Array(data.length) }];
      }),
    );
    return { step, tensors: new Map(whole) };
  }

  load(weights: Weights, state?: OptimizerState): void {
    for (const name of this.#frozen) {
      const known = this.#all.get(name)!;
      const { shape, data } = requireWeight(weights, name, known.shape);
      if (data.every((value, index) => value === known.data[index])) continue;
      this.#all.set(name, copyOf({ shape, data }));
      this.#network = undefined;
    }
    this.#head.load(weights, state);
  }

  get threads(): number {
    return this.#head.threads;
  }

  dispose(): Promise<void> {
    return this.#head.dispose();
  }

  /** `[count, height, width, channels]` of the head's input. */
  #features(inputs: Float32Array, count: number): Float32Array {
    if (this.#network === undefined) {
      this.#kernels.releaseTo(this.#kernelsStart);
      this.#network = new Network(this.#kernels, this.#body, this.#all);
    }
    return this.#network.predict(inputs, count);
  }
}

function copyOf({ shape, data }: Tensor): Tensor {
  return { shape, data: data.slice() };
}
