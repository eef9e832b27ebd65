/** Squares of a frame through the network: sampled, run in batches, decoded. */
import { createKernels, type Kernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import type { Box } from '../../geometry/box.js';
import { AreaSampler } from '../../image/area-sampler.js';
import type { DetectorModel } from '../../model/load-detector-model.js';
import { describeGraph } from '../../nn/describe-graph.js';
import { Network } from '../../nn/network.js';
import { elementCount } from '../../nn/tensor.js';
import { createAnchors } from './anchors.js';
import type { Candidate } from '../candidate.js';
import { decodeLook } from './decode-look.js';
import type { BlazeFaceContract } from './parse-contract.js';

/** Looks that are sampled before the network runs: bounds the memory of a picture of many tiles. */
const LOOKS_AT_ONCE = 4;

export class LookNetwork {
  readonly #sampler: AreaSampler;
  readonly #network: Network;
  readonly #anchors: Float32Array;
  readonly #contract: BlazeFaceContract;
  readonly #boxes: number;
  readonly #scores: number;
  readonly #inputs: Float32Array;

  /** Use {@link createLookNetwork}. */
  constructor(kernels: readonly [Kernels, Kernels], model: DetectorModel, contract: BlazeFaceContract) {
    const { input, outside, outputs } = contract;
    this.#contract = contract;
    this.#anchors = createAnchors(input, contract.anchors);
    this.#sampler = new AreaSampler(kernels[0], { ...input, outside });
    this.#network = new Network(kernels[1], model.graph, model.weights);
    this.#boxes = model.graph.outputs.indexOf(outputs.boxes);
    this.#scores = model.graph.outputs.indexOf(outputs.scores);
    this.#inputs = new Float32Array(LOOKS_AT_ONCE * this.#sampler.length);
  }

  /** What the network sees in each look with a score of at least `threshold`, in the looks' order. */
  look(frame: Frame, looks: readonly Box[], threshold: number): Candidate[][] {
    const { input, keyPoints, scoreClipping } = this.#contract;
    const { length } = this.#sampler;
    const decoding = {
      anchors: this.#anchors,
      width: input.width,
      height: input.height,
      points: keyPoints.length,
      clipping: scoreClipping,
      threshold,
    };
    const found: Candidate[][] = [];
    for (let first = 0; first < looks.length; first += LOOKS_AT_ONCE) {
      const batch = looks.slice(first, first + LOOKS_AT_ONCE);
      batch.forEach((look, index) => {
        this.#sampler.sample(frame, look, this.#inputs.subarray(index * length, (index + 1) * length));
      });
      // float32 [looks, anchors, 4 + 2·points] and [looks, anchors, 1]
      const outputs = this.#network.run(this.#inputs.subarray(0, batch.length * length), batch.length);
      batch.forEach((look, index) => {
        const boxes = rowOf(outputs[this.#boxes], index, batch.length);
        const scores = rowOf(outputs[this.#scores], index, batch.length);
        found.push(decodeLook({ boxes, scores }, look, decoding));
      });
    }
    return found;
  }
}

function rowOf(output: Float32Array | undefined, index: number, count: number): Float32Array {
  if (output === undefined) return new Float32Array(0);
  const length = output.length / count;
  return output.subarray(index * length, (index + 1) * length);
}

/**
 * Puts a network and its contract together.
 *
 * @throws MienError `MODEL_INVALID` when the network does not do what the manifest says
 */
export async function createLookNetwork(
  model: DetectorModel,
  contract: BlazeFaceContract,
  source: string,
): Promise<LookNetwork> {
  checkAgreement(model, contract, source);
  const kernels = await Promise.all([createKernels(), createKernels()]);
  return new LookNetwork(kernels, model, contract);
}

function checkAgreement({ graph }: DetectorModel, contract: BlazeFaceContract, source: string): void {
  const { input, outputs, anchors, keyPoints } = contract;
  const invalid = (what: string): MienError => new MienError('MODEL_INVALID', `${source}: ${what}`);
  const stated = [input.height, input.width, input.channels];
  if (graph.inputShape.join() !== stated.join()) {
    throw invalid(
      `the manifest's input is ${stated.join('×')} and the network's is ${graph.inputShape.join('×')}`,
    );
  }
  const count = createAnchors(input, anchors).length / 2;
  const { layers } = describeGraph(graph);
  for (const [name, perAnchor] of [
    [outputs.boxes, 4 + 2 * keyPoints.length],
    [outputs.scores, 1],
  ] as const) {
    if (!graph.outputs.includes(name)) {
      throw invalid(`the network has no output "${name}", only ${graph.outputs.join(', ')}`);
    }
    const shape = layers.get(name)?.outputShape ?? [];
    if (elementCount(shape) !== count * perAnchor) {
      throw invalid(`output "${name}" is [${shape.join(', ')}], ${count} anchors need ${perAnchor} each`);
    }
  }
}
