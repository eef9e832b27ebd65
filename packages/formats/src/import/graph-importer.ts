/**
 * Builds one of our graphs from the operators of a source graph, in their order.
 *
 * The reader of a format knows what its operators mean and what their attributes are called; `window-layers.ts`,
 * `channel-layers.ts` and `shape-layers.ts` know how each is said with our layers; this class holds the graph that
 * grows from it. All of them use {@link Value}s: outputs of our layers under the source graph's
 * shapes and axes (see `view.ts`), so that reshapes and transposes cost nothing until a layer needs memory to have
 * a certain shape.
 *
 * Weights that are copied are counted against the size of the file they come from, so that a small file cannot
 * ask for much memory by naming one tensor often.
 */
import { MienError } from '@mien/core';
import {
  checkWeights,
  describeGraph,
  describeLayer,
  elementCount,
  type Graph,
  type ImageShape,
  type Layer,
  type Shape,
  type Tensor,
} from '@mien/core/nn';
import { finishGraph } from './finish-graph.js';
import { foldZeroPadding } from './fold-zero-padding.js';
import { legalName } from './legal-name.js';
import { fitsOrder, type Value } from './value.js';
import { isPlain, orderOf, viewOf, type View } from './view.js';

export interface GraphImporterOptions {
  /** What error messages name, such as the file. */
  readonly source: string;
  readonly fileSizeBytes: number;
  /** Where a picture's height, width and channels are among four dims: `[2, 3, 1]` for channels first. */
  readonly pictureAxes: readonly [height: number, width: number, channels: number];
}

type OmitEach<L, K extends PropertyKey> = L extends unknown ? Omit<L, K> : never;
export type LayerAttributes = OmitEach<Layer, 'name' | 'inputs'>;

const MAX_PROBLEM_LENGTH = 300;
/** What a small file may ask for: a picture's worth of factors. */
const MIN_BUDGET = 2 ** 20;

export class GraphImporter {
  /** The operator that is being read, for error messages. */
  operator = 'the input';
  /** What its layer should be called. */
  name = 'input';
  readonly #source: string;
  readonly pictureAxes: GraphImporterOptions['pictureAxes'];
  readonly #layers = new Map<string, Layer>();
  readonly #shapes = new Map<string, Shape>();
  /** By layer, then by the layer's own name for them. */
  readonly #weights = new Map<string, Readonly<Record<string, Tensor>>>();
  readonly #names = new Map<string, number>();
  /** Normalisations that only add, which a layer before them may take over as its bias. */
  readonly #offsets = new Set<string>();
  readonly #reshaped = new Map<string, string>();
  #budget: number;

  constructor({ source, fileSizeBytes, pictureAxes }: GraphImporterOptions) {
    this.#source = source;
    this.pictureAxes = pictureAxes;
    this.#budget = Math.max(2 * fileSizeBytes, MIN_BUDGET);
  }

  unsupported(problem: string): MienError {
    return this.#error('UNSUPPORTED', problem);
  }

  invalid(problem: string): MienError {
    return this.#error('MODEL_INVALID', problem);
  }

  input(shape: ImageShape, view: View): Value {
    return { ...view, ...this.append({ kind: 'input', shape }, []) };
  }

  /** Dims of a picture in the source graph. */
  pictureDims([height, width, channels]: ImageShape): number[] {
    const dims = [1, 1, 1, 1];
    [height, width, channels].forEach((side, index) => (dims[this.pictureAxes[index] ?? 0] = side));
    return dims;
  }

  pictureShape(x: Value): ImageShape {
    if (x.dims.length !== 4 || x.dims[0] !== 1) {
      throw this.unsupported(`takes [${x.dims.join(', ')}]; only pictures, four dims, can be read`);
    }
    const [height = 1, width = 1, channels = 1] = this.pictureAxes.map((axis) => x.dims[axis] ?? 1);
    return [height, width, channels];
  }

  /** If `x` is the hard sigmoid of `y`, their product is known by a name of its own. */
  isHardSigmoidOf(x: Value, y: Value): boolean {
    const layer = this.#layers.get(x.layer);
    return layer?.kind === 'activation' && layer.activation === 'hardSigmoid' && layer.inputs[0] === y.layer;
  }

  isSoftmax(x: Value): boolean {
    const layer = this.#layers.get(x.layer);
    return layer?.kind === 'activation' && layer.activation === 'softmax';
  }

  /** Whether a value lies within 0…1 by the layer that it comes from. */
  isWithinUnit(x: Value): boolean {
    const layer = this.#layers.get(x.layer);
    return layer?.kind === 'activation' && ['softmax', 'sigmoid', 'hardSigmoid'].includes(layer.activation);
  }

  /** Whether a value lies within bounds, by the layer that it comes from. */
  isWithin(x: Value, min: number, max: number): boolean {
    const layer = this.#layers.get(x.layer);
    if (layer?.kind === 'clip') return layer.min >= min && layer.max <= max;
    return layer?.kind === 'activation' && layer.activation === 'relu6' && min <= 0 && max >= 6;
  }

  /** Takes `count` numbers from what this file may still ask for. */
  spend(count: number): void {
    this.#budget -= count;
    if (this.#budget < 0) throw this.invalid('asks for far more weights than the file holds');
  }

  /**
   * Adds a layer, which is checked against the values that it takes.
   *
   * @returns its name, made unique, and its shape
   */
  append(
    attributes: LayerAttributes,
    inputs: readonly string[],
    weights: Readonly<Record<string, Tensor>> = {},
  ): { layer: string; shape: Shape } {
    const name = this.#uniqueName(this.name);
    const layer: Layer = { ...attributes, name, inputs };
    const inputShapes = inputs.map((input) => this.#shapes.get(input) ?? []);
    const { outputShape } = describeLayer(layer, inputShapes, `${this.#source}: ${this.operator}`);
    this.#layers.set(name, layer);
    this.#shapes.set(name, outputShape);
    for (const tensor of Object.values(weights)) this.spend(tensor.data.length);
    this.#weights.set(name, weights);
    return { layer: name, shape: outputShape };
  }

  /** A layer of one value that leaves its shape as it is. */
  pointwise(x: Value, attributes: LayerAttributes, weights: Readonly<Record<string, Tensor>> = {}): Value {
    return { ...x, ...this.append(attributes, [x.layer], weights) };
  }

  /** A layer that takes a picture and puts out another. */
  appendPicture(
    attributes: LayerAttributes,
    x: Value,
    weights: Readonly<Record<string, Tensor>> = {},
  ): Value {
    this.pictureShape(x);
    const result = this.append(attributes, [this.arranged(x, this.pictureAxes).layer], weights);
    const [height = 1, width = 1, channels = 1] = result.shape;
    return { ...result, ...viewOf(this.pictureDims([height, width, channels]), this.pictureAxes) };
  }

  /** Marks a normalisation that only adds: a layer before it may take it over as its bias. */
  markOffset(layer: string): void {
    this.#offsets.add(layer);
  }

  /** The same value with its memory shaped as `axes` say, slowest first. */
  arranged(x: Value, axes: readonly number[]): Value {
    if (!fitsOrder(x, axes)) {
      throw this.unsupported('needs its values in another order than the operators before it leave them in');
    }
    const shape = axes.map((axis) => x.dims[axis] ?? 1);
    return { ...x, ...this.reshaped(x, shape) };
  }

  flattened(x: Value): Value {
    return { ...x, ...this.reshaped(x, [elementCount(x.shape)]) };
  }

  /** The same memory under another shape of ours; a layer each time it is new. */
  reshaped(x: Value, shape: Shape): { layer: string; shape: Shape } {
    if (x.shape.join() === shape.join()) return { layer: x.layer, shape };
    const key = `${x.layer}/${shape.join()}`;
    const known = this.#reshaped.get(key);
    if (known !== undefined) return { layer: known, shape };
    const attributes =
      shape.length === 1 ? ({ kind: 'flatten' } as const) : ({ kind: 'reshape', shape } as const);
    const result = this.append(attributes, [x.layer]);
    this.#reshaped.set(key, result.layer);
    return result;
  }

  /**
   * Ends the graph.
   *
   * @param outputs names and values, in order
   * @throws MienError `MODEL_INVALID` when the layers do not make a network
   */
  build(
    name: string,
    outputs: readonly { name: string; value: Value }[],
  ): {
    graph: Graph;
    weights: Map<string, Tensor>;
  } {
    this.operator = 'the outputs';
    const results = new Map<string, string>();
    for (const output of outputs) {
      this.name = output.name;
      const wanted = legalName(output.name);
      const value = this.#output(output.value);
      const isTaken = results.has(value.layer) || this.#layers.get(value.layer)?.kind === 'input';
      const own = isTaken ? this.append({ kind: 'reshape', shape: value.shape }, [value.layer]) : value;
      if ([...results.values()].includes(wanted)) throw this.invalid(`two outputs are named ${wanted}`);
      results.set(own.layer, wanted);
    }
    const { layers, weights, ...finished } = finishGraph({
      layers: this.#layers,
      weights: this.#weights,
      offsets: this.#offsets,
      outputs: Array.from(results, ([layer, wanted]) => ({ layer, wanted })),
    });
    const [input] = layers;
    if (input?.kind !== 'input') throw this.invalid('the network has no input');
    if (!layers.some(({ inputs }) => inputs.includes(input.name))) {
      throw this.invalid('they do not depend on the input');
    }
    const graph: Graph = {
      name: legalName(name),
      inputShape: input.shape,
      layers,
      outputs: finished.outputs,
    };
    try {
      describeGraph(graph);
      checkWeights(graph, weights);
    } catch (cause) {
      if (!(cause instanceof MienError)) throw cause;
      throw new MienError(cause.code, `${this.#source}: ${cause.message}`, { cause });
    }
    return { graph: foldZeroPadding(graph), weights };
  }

  /** Lists in messages come from the file and may be of any length. */
  #error(code: 'UNSUPPORTED' | 'MODEL_INVALID', problem: string): MienError {
    const short = problem.length > MAX_PROBLEM_LENGTH ? `${problem.slice(0, MAX_PROBLEM_LENGTH)} …` : problem;
    return new MienError(code, `${this.#source}: ${this.operator}: ${short}`);
  }

  #uniqueName(wanted: string): string {
    const base = legalName(wanted);
    let name = base;
    let count = this.#names.get(base) ?? 1;
    while (this.#layers.has(name)) name = `${base}_${++count}`;
    this.#names.set(base, count);
    return name;
  }

  /**
   * An output has the source graph's dims without the batch, and pictures our order of axes. Four dims of which one is
   * longer than one are a vector that was never squeezed.
   */
  #output(x: Value): Value {
    const order = orderOf(x);
    if (order === undefined) {
      throw this.unsupported(
        `gives out [${x.dims.join(', ')}] in an order that only a matrix product can undo`,
      );
    }
    if (x.dims.length === 4 && x.dims[0] === 1) {
      if (order.length <= 1) return this.flattened(x);
      if (fitsOrder(x, this.pictureAxes)) return this.arranged(x, this.pictureAxes);
    }
    if (!isPlain(x)) return x;
    const axes = [...x.dims.keys()].slice(x.dims[0] === 1 && x.dims.length > 1 ? 1 : 0);
    return this.arranged(x, axes);
  }
}
