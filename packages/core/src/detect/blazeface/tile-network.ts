/** Runs the network on tiles of a frame: sample, run, decode. */
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
import type { Candidate } from '../candidate.js';
import { countAnchors, createAnchors } from './anchors.js';
import { decodeTile } from './decode-tile.js';
import type { BlazeFaceContract } from './blazeface-contract.js';
import { toSquareTile, type Tile } from './plan-tiles.js';
import { resizeGraph } from './resize-graph.js';

/** Tiles of one size that run at once: limits the memory that outputs take while many detections are refined. */
export const TILES_PER_BATCH = 4;

/** The network at one input size. */
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

  /** Whether a tile has this input size. */
  fits({ inputWidth, inputHeight }: Tile): boolean {
    return inputWidth === this.width && inputHeight === this.height;
  }

  /** Takes at most {@link TILES_PER_BATCH} tiles, all of this input size. */
  detect(frame: Frame, tiles: readonly Tile[], threshold: number): Candidate[][] {
    const { keyPoints, scoreClipping } = this.#contract;
    const decoding = {
      anchors: this.#anchors,
      width: this.width,
      height: this.height,
      points: keyPoints.length,
      clipping: scoreClipping,
      threshold,
    };
    // float32 [tiles, anchors, 4 + 2·points] and [tiles, anchors, 1]
    const outputs = this.#network.runFilled(tiles.length, (index, offset) => {
      this.#sampler.sample(frame, tiles[index]!, offset);
    });
    return tiles.map((tile, index) => {
      const boxes = rowOf(outputs[this.#boxes], index, tiles.length);
      const scores = rowOf(outputs[this.#scores], index, tiles.length);
      return decodeTile({ boxes, scores }, tile, decoding);
    });
  }
}

export class TileNetwork {
  readonly #kernels: Kernels;
  /** At the input size that the network was trained with. */
  readonly #trained: SizedNetwork;
  /** At smaller sizes, of which there are few. */
  readonly #smaller: SizedNetwork[] = [];
  readonly #model: DetectorModel;
  readonly #contract: BlazeFaceContract;
  /** For joined tiles, whose input size varies: rebuilt in the same memory when it changes. */
  readonly #joinedKernels: Kernels;
  readonly #joinedStart: number;
  #joined: SizedNetwork | undefined;

  /** Use {@link createTileNetwork}. */
  constructor(kernels: Kernels, joinedKernels: Kernels, model: DetectorModel, contract: BlazeFaceContract) {
    const { width, height } = contract.input;
    this.#kernels = kernels;
    this.#trained = new SizedNetwork(kernels, model.graph, model.weights, contract, width, height);
    this.#model = model;
    this.#contract = contract;
    this.#joinedKernels = joinedKernels;
    this.#joinedStart = joinedKernels.allocate(0);
  }

  /**
   * A square tile centred on a box, its side `scale` times the box's longer side.
   *
   * @param inputSide default: as the network was trained
   */
  tileAround({ x, y, width, height }: Box, scale: number, inputSide = this.#contract.input.width): Tile {
    const side = Math.max(width, height) * scale;
    return toSquareTile(x + (width - side) / 2, y + (height - side) / 2, side, { side: inputSide });
  }

  /** The candidates of each tile with a score of at least `threshold`, in the order of the tiles. */
  detect(frame: Frame, tiles: readonly Tile[], threshold: number): Candidate[][] {
    const results: Candidate[][] = [];
    while (results.length < tiles.length) {
      const [first, ...others] = tiles.slice(results.length);
      if (first === undefined) break;
      const network = this.#networkFor(first);
      const batch = [first];
      for (const tile of others) {
        if (batch.length === TILES_PER_BATCH || !network.fits(tile)) break;
        batch.push(tile);
      }
      results.push(...network.detect(frame, batch, threshold));
    }
    return results;
  }

  #networkFor(tile: Tile): SizedNetwork {
    if (this.#trained.fits(tile)) return this.#trained;
    if (tile.inputWidth <= this.#trained.width && tile.inputHeight <= this.#trained.height) {
      let network = this.#smaller.find((it) => it.fits(tile));
      if (network === undefined) this.#smaller.push((network = this.#resized(this.#kernels, tile)));
      return network;
    }
    if (this.#joined?.fits(tile) !== true) {
      this.#joinedKernels.releaseTo(this.#joinedStart);
      this.#joined = this.#resized(this.#joinedKernels, tile);
    }
    return this.#joined;
  }

  #resized(kernels: Kernels, { inputWidth: width, inputHeight: height }: Tile): SizedNetwork {
    const graph = resizeGraph(this.#model.graph, this.#contract.anchors, { width, height });
    return new SizedNetwork(kernels, graph, this.#model.weights, this.#contract, width, height);
  }
}

function rowOf(output: Float32Array | undefined, index: number, count: number): Float32Array {
  if (output === undefined) return new Float32Array(0);
  const length = output.length / count;
  return output.subarray(index * length, (index + 1) * length);
}

/**
 * Prepares a detector's network.
 *
 * @throws MienError `MODEL_INVALID` if the network and its manifest disagree
 */
export async function createTileNetwork(
  model: DetectorModel,
  contract: BlazeFaceContract,
  source: string,
): Promise<TileNetwork> {
  checkAgreement(model, contract, source);
  return new TileNetwork(await createKernels(), await createKernels(), model, contract);
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
