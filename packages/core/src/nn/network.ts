/** A network ready for inference: give it pictures, get probabilities. */
import { MienError } from '../errors.js';
import { createKernels, type Kernels } from '../backend/kernels.js';
import { compileInference, type InferenceProgram } from './compiler/compile-inference.js';
import type { Graph, ImageShape } from './graph.js';
import { uploadConstants, type InferenceConstants } from './compiler/inference-constants.js';
import type { FusionPlan } from './compiler/fusion.js';
import { planFusions } from './compiler/plan-fusions.js';
import { elementCount, type Weights } from './tensor.js';
import { checkWeights } from './weights.js';

export interface NetworkOptions {
  /** Where to compute; default: an instance of its own, of the best build. */
  readonly kernels?: Kernels;
}

/**
 * Pictures that one program computes at a time; what is left over goes one by one. Larger batches would not be faster,
 * and where one picture's largest tensor already fills a good part of the second-level cache, one at a time is fastest.
 */
const BATCH = 4;
const MAX_BATCHED_BYTES = 128 * 1024;

export class Network {
  readonly inputShape: ImageShape;
  /** Length of one output row: the number of expressions. */
  readonly classes: number;
  readonly #kernels: Kernels;
  readonly #plan: FusionPlan;
  readonly #constants: InferenceConstants;
  readonly #programs = new Map<number, InferenceProgram>();
  readonly #inputLength: number;
  readonly #outputLengths: readonly number[];
  readonly #batches: readonly number[];

  /** Use {@link createNetwork}, or this where the kernels are at hand already. */
  constructor(
    kernels: Kernels,
    readonly graph: Graph,
    weights: Weights,
  ) {
    checkWeights(graph, weights);
    this.#kernels = kernels;
    this.#plan = planFusions(graph);
    this.#constants = uploadConstants(kernels, graph, this.#plan, weights);
    this.inputShape = graph.inputShape;
    this.#inputLength = elementCount(graph.inputShape);
    const { layers } = this.#plan.description;
    this.#outputLengths = graph.outputs.map((name) => elementCount(layers.get(name)?.outputShape ?? []));
    this.classes = this.#outputLengths[0] ?? 0;
    const largest = Math.max(...[...layers.values()].map(({ outputShape }) => elementCount(outputShape)));
    this.#batches = largest * Float32Array.BYTES_PER_ELEMENT <= MAX_BATCHED_BYTES ? [BATCH, 1] : [1];
  }

  /**
   * Runs a network of one output.
   *
   * The result of a picture does not depend on the others in its batch.
   *
   * @param inputs float32 `[count, height, width, channels]`, in the range that the model's manifest states
   * @returns the output `[count, classes]`, a copy that the caller owns
   * @throws MienError `USAGE` when `inputs` is not `count` pictures long
   */
  predict(inputs: Float32Array, count: number): Float32Array {
    return this.run(inputs, count)[0] ?? new Float32Array(0);
  }

  /**
   * Runs the network; for graphs with several outputs.
   *
   * @returns each output `[count, …its shape]` in the order of the graph's `outputs`, copies that the caller owns
   * @throws MienError `USAGE` when `inputs` is not `count` pictures long
   */
  run(inputs: Float32Array, count: number): Float32Array[] {
    if (inputs.length !== count * this.#inputLength) {
      const expected = [count, ...this.inputShape].join('×');
      throw new MienError(
        'USAGE',
        `network ${this.graph.name}: expected ${expected} inputs, got ${inputs.length}`,
      );
    }
    const length = this.#inputLength;
    return this.runFilled(count, (index, offset) => {
      this.#kernels.f32(offset, length).set(inputs.subarray(index * length, (index + 1) * length));
    });
  }

  /**
   * Runs the network as {@link Network.run} does, on inputs that are written where they are read: for a stage before it
   * that computes in the same kernels' memory, so that nothing is copied.
   *
   * @param fill writes input `index`, float32 `[height, width, channels]`, to a byte offset of the kernels' memory
   */
  runFilled(count: number, fill: (index: number, offset: number) => void): Float32Array[] {
    const outputs = this.#outputLengths.map((length) => new Float32Array(count * length));
    const inputBytes = this.#inputLength * Float32Array.BYTES_PER_ELEMENT;
    let done = 0;
    for (const batch of this.#batches) {
      for (; count - done >= batch; done += batch) {
        const { program, inputOffset, outputOffsets } = this.#programFor(batch);
        for (let index = 0; index < batch; index++) fill(done + index, inputOffset + index * inputBytes);
        this.#kernels.run(program);
        for (const [index, offset] of outputOffsets.entries()) {
          const length = this.#outputLengths[index] ?? 0;
          outputs[index]?.set(this.#kernels.f32(offset, batch * length), done * length);
        }
      }
    }
    return outputs;
  }

  #programFor(batch: number): InferenceProgram {
    let program = this.#programs.get(batch);
    if (program === undefined) {
      program = compileInference(this.#kernels, this.graph, this.#plan, this.#constants, batch);
      this.#programs.set(batch, program);
    }
    return program;
  }
}

/**
 * Makes a network of a graph and its weights.
 *
 * @throws MienError `MODEL_INVALID` when weights are missing, misshapen or not finite.
 *
 * @example
 * const network = await createNetwork(miniXception(), weights);
 * const probabilities = network.predict(new Float32Array(48 * 48), 1); // 7 numbers that sum to 1
 */
export async function createNetwork(
  graph: Graph,
  weights: Weights,
  options: NetworkOptions = {},
): Promise<Network> {
  return new Network(options.kernels ?? (await createKernels()), graph, weights);
}
