/** Parts of a frame through the network: sampled, run, decoded. */
import { createKernels, type Kernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import type { Box } from '../../geometry/box.js';
import { AreaSampler } from '../../image/area-sampler.js';
import type { DetectorModel } from '../../model/load-detector-model.js';
import { describeGraph } from '../../nn/describe-graph.js';
import type { Graph } from '../../nn/graph.js';
import { Network } from '../../nn/network.js';
import { elementCount } from '../../nn/tensor.js';
import { countAnchors, createAnchors } from './anchors.js';
import type { Candidate } from '../candidate.js';
import { decodeLook } from './decode-tile.js';
import type { BlazeFaceContract } from './parse-contract.js';
import { toSquareLook, type Look } from './plan-tiles.js';
import { resizeGraph } from './resize-graph.js';

/** Looks whose outputs are held at a time: bounds the memory of a picture of many finds. */
const LOOKS_AT_ONCE = 4;

/** The network at one size of its input. */
class SizedNetwork {
  readonly #sampler: AreaSampler;
  readonly #network: Network;
  readonly #anchors: Float32Array;
  readonly #contract: BlazeFaceContract;
  readonly #boxes: number;
  readonly #scores: number;

  constructor(
    kernels: Kernels,
    graph: Graph,
    weights: DetectorModel['weights'],
    contract: BlazeFaceContract,
    readonly width: number,
    readonly height: number,
  ) {
    const { input, outside, outputs } = contract;
    this.#contract = contract;
    this.#anchors = createAnchors({ width, height }, contract.anchors);
    this.#sampler = new AreaSampler(kernels, { width, height, range: input.range, outside });
    this.#network = new Network(kernels, graph, weights);
    this.#boxes = graph.outputs.indexOf(outputs.boxes);
    this.#scores = graph.outputs.indexOf(outputs.scores);
  }

  /** Whether a look is of this size. */
  sees({ inputWidth, inputHeight }: Look): boolean {
    return inputWidth === this.width && inputHeight === this.height;
  }

  /** At most {@link LOOKS_AT_ONCE} looks, all of this size. */
  look(frame: Frame, looks: readonly Look[], threshold: number): Candidate[][] {
    const { keyPoints, scoreClipping } = this.#contract;
    const decoding = {
      anchors: this.#anchors,
      width: this.width,
      height: this.height,
      points: keyPoints.length,
      clipping: scoreClipping,
      threshold,
    };
    // float32 [looks, anchors, 4 + 2·points] and [looks, anchors, 1]
    const outputs = this.#network.runFilled(looks.length, (index, offset) => {
      this.#sampler.sample(frame, looks[index]!, offset);
    });
    return looks.map((look, index) => {
      const boxes = rowOf(outputs[this.#boxes], index, looks.length);
      const scores = rowOf(outputs[this.#scores], index, looks.length);
      return decodeLook({ boxes, scores }, look, decoding);
    });
  }
}

export class LookNetwork {
  readonly #usual: SizedNetwork;
  readonly #model: DetectorModel;
  readonly #contract: BlazeFaceContract;
  /** For inputs of other sizes: made anew when the size changes, in the same memory. */
  readonly #joinedKernels: Kernels;
  readonly #joinedStart: number;
  #joined: SizedNetwork | undefined;

  /** Use {@link createLookNetwork}. */
  constructor(usual: Kernels, joined: Kernels, model: DetectorModel, contract: BlazeFaceContract) {
    const { width, height } = contract.input;
    this.#usual = new SizedNetwork(usual, model.graph, model.weights, contract, width, height);
    this.#model = model;
    this.#contract = contract;
    this.#joinedKernels = joined;
    this.#joinedStart = joined.allocate(0);
  }

  /** A square around a box, `scale` times as large as its longer side, at the network's usual input. */
  lookAround({ x, y, width, height }: Box, scale: number): Look {
    const side = Math.max(width, height) * scale;
    return toSquareLook(x + (width - side) / 2, y + (height - side) / 2, side, {
      side: this.#contract.input.width,
    });
  }

  /** What the network sees in each look with a score of at least `threshold`, in the looks' order. */
  look(frame: Frame, looks: readonly Look[], threshold: number): Candidate[][] {
    const found: Candidate[][] = [];
    while (found.length < looks.length) {
      const [first, ...others] = looks.slice(found.length);
      if (first === undefined) break;
      const network = this.#networkFor(first);
      const alike = [first];
      for (const look of others) {
        if (alike.length === LOOKS_AT_ONCE || !network.sees(look)) break;
        alike.push(look);
      }
      found.push(...network.look(frame, alike, threshold));
    }
    return found;
  }

  #networkFor(look: Look): SizedNetwork {
    if (this.#usual.sees(look)) return this.#usual;
    if (this.#joined?.sees(look) !== true) {
      const { inputWidth: width, inputHeight: height } = look;
      this.#joinedKernels.releaseTo(this.#joinedStart);
      const graph = resizeGraph(this.#model.graph, this.#contract.anchors, { width, height });
      const { weights } = this.#model;
      this.#joined = new SizedNetwork(this.#joinedKernels, graph, weights, this.#contract, width, height);
    }
    return this.#joined;
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
  return new LookNetwork(await createKernels(), await createKernels(), model, contract);
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
  const count = anchors.reduce((sum, grid) => sum + countAnchors(grid, input), 0);
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
