/**
 * Builds one of our graphs from the operators of a foreign one, in their order.
 *
 * The reader of a format knows what its operators mean and what their attributes are called; this class knows
 * how each is said with our layers. It speaks of {@link Value}s: outputs of our layers under the foreign graph's
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
  elementCount,
  resolveWindow,
  type ActivationName,
  type ExplicitPadding,
  type Graph,
  type ImageShape,
  type Interpolation,
  type Layer,
  type Padding,
  type Shape,
  type Size2d,
  type Tensor,
} from '@mien/core/nn';
import { gatherStrided, scalar, stridesOf, type Constant } from './constant.js';
import { finishGraph } from './finish-graph.js';
import { foldZeroPadding } from './fold-zero-padding.js';
import {
  areAlike,
  isPlain,
  logicalIndices,
  orderOf,
  reshapedView,
  transposedView,
  viewOf,
  type View,
} from './view.js';

/** An output of one of our layers, as the foreign graph sees it. */
export interface Value extends View {
  readonly layer: string;
  /** What the layer really puts out; its elements are those of the view, in the order of memory. */
  readonly shape: Shape;
}

export interface WindowOptions {
  readonly size: Size2d;
  /** Vertical and horizontal; our layers have one for both. */
  readonly strides: Size2d;
  readonly padding: Padding;
}

export interface GraphImporterOptions {
  /** What error messages name, such as the file. */
  readonly source: string;
  readonly fileSizeBytes: number;
  /** Where a picture's height, width and channels are among four dims: `[2, 3, 1]` for channels first. */
  readonly pictureAxes: readonly [height: number, width: number, channels: number];
}

type OmitEach<L, K extends PropertyKey> = L extends unknown ? Omit<L, K> : never;
type LayerAttributes = OmitEach<Layer, 'name' | 'inputs'>;

/** As `describeLayer` allows them. */
const MAX_ELEMENTS = 2 ** 26;
const MAX_WINDOW = 4096;
const MAX_RANK = 8;
const MAX_NAME_LENGTH = 150;
const MAX_PROBLEM_LENGTH = 300;
/** What a small file may ask for: a picture's worth of factors. */
const MIN_BUDGET = 2 ** 20;
/** variance + epsilon is exactly 1, so that a normalisation is exactly a factor and an offset. */
const UNIT_EPSILON = 2 ** -10;

export class GraphImporter {
  /** The operator that is being read, for error messages. */
  operator = 'the input';
  /** What its layer should be called. */
  name = 'input';
  readonly #source: string;
  readonly #pictureAxes: GraphImporterOptions['pictureAxes'];
  readonly #layers = new Map<string, Layer>();
  /** By layer, then by the layer's own name for them. */
  readonly #weights = new Map<string, Readonly<Record<string, Tensor>>>();
  readonly #names = new Map<string, number>();
  /** Normalisations that only add, which a layer before them may take over as its bias. */
  readonly #offsets = new Set<string>();
  readonly #reshaped = new Map<string, string>();
  #budget: number;

  constructor({ source, fileSizeBytes, pictureAxes }: GraphImporterOptions) {
    this.#source = source;
    this.#pictureAxes = pictureAxes;
    this.#budget = Math.max(2 * fileSizeBytes, MIN_BUDGET);
  }

  unsupported(problem: string): MienError {
    return this.#error('UNSUPPORTED', problem);
  }

  invalid(problem: string): MienError {
    return this.#error('MODEL_INVALID', problem);
  }

  input(shape: ImageShape, view: View): Value {
    return { ...view, ...this.#append({ kind: 'input', shape }, [], shape) };
  }

  /** Dims of a picture in the foreign graph. */
  pictureDims([height, width, channels]: ImageShape): number[] {
    const dims = [1, 1, 1, 1];
    [height, width, channels].forEach((side, index) => (dims[this.#pictureAxes[index] ?? 0] = side));
    return dims;
  }

  pictureShape(x: Value): ImageShape {
    if (x.dims.length !== 4 || x.dims[0] !== 1) {
      throw this.unsupported(`takes [${x.dims.join(', ')}]; only pictures, four dims, can be read`);
    }
    const [height = 1, width = 1, channels = 1] = this.#pictureAxes.map((axis) => x.dims[axis] ?? 1);
    return [height, width, channels];
  }

  activation(x: Value, activation: Exclude<ActivationName, 'softmax'>): Value {
    return this.#pointwise(x, { kind: 'activation', activation });
  }

  clip(x: Value, min: number, max: number): Value {
    if (!(min <= max)) throw this.invalid(`clips to ${min}…${max}`);
    if (min === 0 && max === Infinity) return this.activation(x, 'relu');
    if (min === 0 && max === 6) return this.activation(x, 'relu6');
    return this.#pointwise(x, { kind: 'clip', min, max });
  }

  dropout(x: Value, rate: number): Value {
    if (!(rate >= 0 && rate < 1)) throw this.invalid(`drops ${rate} of its values`);
    return this.#pointwise(x, { kind: 'dropout', rate });
  }

  prelu(x: Value, alpha: Constant): Value {
    const { at, vectors } = this.#perChannel(x, [alpha]);
    return this.#pointwise(at, { kind: 'prelu' }, { alpha: this.#vector(vectors[0]) });
  }

  /** x · scale + shift, both of any shape that broadcasts to that of `x`. */
  affine(x: Value, scale: Constant | undefined, shift: Constant | undefined): Value {
    const { at, vectors } = this.#perChannel(x, [scale ?? scalar(1), shift ?? scalar(0)]);
    const channels = vectors[0]?.length ?? 1;
    const unit = [new Float32Array(channels), new Float32Array(channels).fill(1 - UNIT_EPSILON)];
    const layer = this.#normalization(at, [...vectors, ...unit], UNIT_EPSILON, 0.99);
    if (scale === undefined) this.#offsets.add(layer.layer);
    return layer;
  }

  /**
   * @param axis whose elements are normalised each by itself
   * @param statistics gamma, beta, mean and variance: one number for each of them
   */
  batchNormalization(
    x: Value,
    axis: number,
    statistics: readonly [Constant, Constant, Constant, Constant],
    { epsilon, momentum }: { readonly epsilon: number; readonly momentum: number },
  ): Value {
    const channels = x.dims[axis] ?? 0;
    const dims = x.dims.map((_, index) => (index === axis ? channels : 1));
    const placed = statistics.map(({ values, isInteger }) => {
      if (values.length !== channels) {
        throw this.invalid(`normalises ${values.length} channels of [${x.dims.join(', ')}]`);
      }
      return { dims, values, isInteger };
    });
    const { at, vectors } = this.#perChannel(x, placed);
    return this.#normalization(at, vectors, epsilon, momentum);
  }

  /**
   * @param kernel `[height, width, channels / groups, filters]`
   */
  conv2d(
    x: Value,
    options: WindowOptions & { kernel: Tensor; bias: Tensor | undefined; groups: number },
  ): Value {
    const [height, width, channels] = this.pictureShape(x);
    const { kernel, bias, groups, size, padding } = options;
    const [, , seen = 0, filters = 0] = kernel.shape;
    if (seen * groups !== channels || filters % groups !== 0) {
      const weights = `${filters} filters of ${seen} channels in ${groups} groups`;
      throw this.invalid(`${weights} do not fit a picture of ${channels} channels`);
    }
    this.#checkBias(bias, filters);
    const strides = this.#strides(options);
    const output = this.#window([height, width], { size, strides, padding });
    const useBias = bias !== undefined;
    const shape = [...output, filters] as const;
    const { layer } = this.#append(
      { kind: 'conv2d', filters, kernelSize: size, strides, padding, useBias, groups, kernelL2: 0 },
      [this.#arranged(x, this.#pictureAxes).layer],
      shape,
      { kernel, ...(bias && { bias }) },
    );
    return this.#picture(layer, shape);
  }

  /** @param kernel `[height, width, channels, 1]` */
  depthwiseConv2d(x: Value, options: WindowOptions & { kernel: Tensor; bias: Tensor | undefined }): Value {
    const [height, width, channels] = this.pictureShape(x);
    const { kernel, bias, size, padding } = options;
    if (kernel.shape[2] !== channels) {
      throw this.invalid(`a kernel of ${kernel.shape[2] ?? 0} channels for a picture of ${channels}`);
    }
    this.#checkBias(bias, channels);
    const strides = this.#strides(options);
    const output = this.#window([height, width], { size, strides, padding });
    const shape = [...output, channels] as const;
    const { layer } = this.#append(
      { kind: 'depthwiseConv2d', kernelSize: size, strides, padding, useBias: bias !== undefined },
      [this.#arranged(x, this.#pictureAxes).layer],
      shape,
      { depthwise_kernel: kernel, ...(bias && { bias }) },
    );
    return this.#picture(layer, shape);
  }

  maxPooling2d(x: Value, options: WindowOptions): Value {
    return this.#pooling(x, options, (window) => ({ kind: 'maxPooling2d', ...window }));
  }

  averagePooling2d(x: Value, options: WindowOptions & { countIncludesPadding: boolean }): Value {
    const { countIncludesPadding } = options;
    return this.#pooling(x, options, (window) => ({
      kind: 'averagePooling2d',
      ...window,
      countIncludesPadding,
    }));
  }

  /** @param keepDims whether the axes stay as dims of one */
  mean(x: Value, axes: readonly number[], keepDims: boolean): Value {
    const order = orderOf(x);
    const kept = order?.filter((axis) => !axes.includes(axis));
    if (
      order === undefined ||
      kept === undefined ||
      kept.length > 1 ||
      (kept[0] ?? order.at(-1)) !== order.at(-1)
    ) {
      throw this.unsupported(
        `means over axis ${axes.join(', ')} of [${x.dims.join(', ')}]; only over pictures`,
      );
    }
    const channels = x.dims[kept[0] ?? -1] ?? 1;
    const isPicture = x.shape.length === 3 && x.shape[2] === channels;
    const picture = isPicture ? x : this.#reshape(x, [elementCount(x.shape) / channels, 1, channels]);
    const result = this.#append({ kind: 'globalAveragePooling2d' }, [picture.layer], [channels]);
    const dims = x.dims.flatMap((side, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [side]));
    return { ...result, ...viewOf(dims, [...dims.keys()]) };
  }

  /** The same values under other dims, row-major by the foreign graph's axes; -1 stands for what is left. */
  reshape(x: Value, wanted: readonly number[]): Value {
    const count = elementCount(x.dims);
    const given = wanted.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
    const dims = wanted.map((side) => (side === -1 ? count / given : side));
    const isWhole = dims.every((side) => Number.isInteger(side) && side >= 1);
    if (!isWhole || elementCount(dims) !== count || dims.length > MAX_RANK) {
      throw this.invalid(`reshapes [${x.dims.join(', ')}] to [${wanted.join(', ')}]`);
    }
    return { ...x, ...reshapedView(x, dims) };
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index);
    if (!isPermutation || permutation.length !== x.dims.length) {
      throw this.invalid(`transposes [${x.dims.join(', ')}] by (${permutation.join(', ')})`);
    }
    const view = transposedView(x, permutation);
    if (view === undefined) throw this.unsupported('transposes values whose axes a reshape has mixed');
    return { ...x, ...view };
  }

  zeroPadding2d(x: Value, padding: ExplicitPadding, channelsAfter: number): Value {
    const [height, width, channels] = this.pictureShape(x);
    this.#checkPadding({ ...padding, channelsAfter });
    const shape = [
      height + padding.top + padding.bottom,
      width + padding.left + padding.right,
      channels + channelsAfter,
    ] as const;
    const { layer } = this.#append(
      { kind: 'zeroPadding2d', padding, channelsAfter },
      [this.#arranged(x, this.#pictureAxes).layer],
      shape,
    );
    return this.#picture(layer, shape);
  }

  resize2d(x: Value, size: Size2d, interpolation: Interpolation): Value {
    const [, , channels] = this.pictureShape(x);
    const shape = [...size, channels] as const;
    const { layer } = this.#append(
      { kind: 'resize2d', size, interpolation },
      [this.#arranged(x, this.#pictureAxes).layer],
      shape,
    );
    return this.#picture(layer, shape);
  }

  /**
   * @param x `[1, inputs]`
   * @param kernel `[inputs, units]`
   */
  dense(x: Value, kernel: Tensor, bias: Tensor | undefined): Value {
    const [inputs = 0, units = 0] = kernel.shape;
    if (x.dims.length !== 2 || x.dims[0] !== 1) {
      throw this.unsupported(
        `multiplies [${x.dims.join(', ')}] by a matrix; only vectors [1, n] can be read`,
      );
    }
    if (x.dims[1] !== inputs) {
      throw this.invalid(`multiplies ${x.dims[1] ?? 0} values by a matrix of ${inputs} rows`);
    }
    this.#checkBias(bias, units);
    const { layer } = this.#append(
      { kind: 'dense', units, useBias: bias !== undefined },
      [this.#flattened(x).layer],
      [units],
      { kernel: this.#rowsInMemoryOrder(x, kernel), ...(bias && { bias }) },
    );
    return { layer, shape: [units], ...viewOf([1, units], [1]) };
  }

  add(a: Value, b: Value): Value {
    return this.#together('add', a, b);
  }

  /** Of one shape, or a picture and a factor per channel. */
  multiply(a: Value, b: Value): Value {
    if (a.dims.join() === b.dims.join()) return this.#together('multiply', a, b);
    const [whole, factors] = elementCount(a.dims) >= elementCount(b.dims) ? [a, b] : [b, a];
    const long = factors.dims.flatMap((side, axis) => (side > 1 ? [axis] : []));
    const channelAxis = orderOf(whole)?.at(-1);
    const fits = factors.dims.length === whole.dims.length && long.length === 1 && long[0] === channelAxis;
    const channels = channelAxis === undefined ? 0 : (whole.dims[channelAxis] ?? 0);
    if (!fits || factors.dims[long[0] ?? 0] !== channels || whole.shape.at(-1) !== channels) {
      throw this.unsupported(`multiplies [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
    }
    const inputs = [whole.layer, this.#flattened(factors).layer];
    return { ...whole, ...this.#append({ kind: 'multiply' }, inputs, whole.shape) };
  }

  concatenate(values: readonly Value[], axis: number): Value {
    const [first, ...others] = values;
    if (first === undefined) throw this.invalid('joins nothing');
    const rank = first.dims.length;
    const odd = others.find(
      ({ dims }) =>
        dims.length !== rank || dims.some((side, index) => index !== axis && side !== first.dims[index]),
    );
    if (odd !== undefined || axis < 0 || axis >= rank) {
      throw this.invalid(
        `joins ${values.map(({ dims }) => `[${dims.join(', ')}]`).join(' and ')} along axis ${axis}`,
      );
    }
    const dims = first.dims.map((side, index) =>
      index === axis ? values.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0) : side,
    );
    const hasBatch = dims[0] === 1 && rank > 1;
    const plain = [...dims.keys()].slice(hasBatch ? 1 : 0);
    const known = orderOf(first) ?? [];
    const asFirst = [...plain.filter((index) => !known.includes(index)), ...known];
    const orders = [...(hasBatch && rank === 4 ? [[...this.#pictureAxes]] : []), plain, asFirst];
    const order = orders.find((candidate) => values.every((value) => fitsOrder(value, candidate)));
    if (order === undefined) throw this.unsupported('joins values that lie in different orders');
    const shape = order.map((index) => dims[index] ?? 1);
    const layers = values.map((value) => this.#arranged(value, order).layer);
    const result = this.#append({ kind: 'concatenate', axis: order.indexOf(axis) }, layers, shape);
    return { ...result, ...viewOf(dims, order) };
  }

  /** Over one axis, or several as if they were one. */
  softmax(x: Value, axes: readonly number[]): Value {
    const long = (list: readonly number[]) => list.filter((axis) => (x.dims[axis] ?? 1) > 1);
    const over = long(axes);
    const count = over.reduce((product, axis) => product * (x.dims[axis] ?? 1), 1);
    const order = orderOf(x);
    const tail = order?.slice(order.length - over.length).sort((a, b) => a - b);
    if (tail?.join() !== over.join() && count !== elementCount(x.dims)) {
      throw this.unsupported(`over axis ${axes.join(', ')} of [${x.dims.join(', ')}]`);
    }
    let at: Value = x;
    if (x.shape.at(-1) !== count) {
      const rest = elementCount(x.dims) / count;
      at = { ...x, ...this.#reshape(x, rest === 1 ? [count] : [rest, count]) };
    }
    return this.#pointwise(at, { kind: 'activation', activation: 'softmax' });
  }

  /** If `x` is the hard sigmoid of `y`, their product is known by a name of its own. */
  isHardSigmoidOf(x: Value, y: Value): boolean {
    const layer = this.#layers.get(x.layer);
    return layer?.kind === 'activation' && layer.activation === 'hardSigmoid' && layer.inputs[0] === y.layer;
  }

  /** Takes `count` numbers from what this file may still ask for. */
  spend(count: number): void {
    this.#budget -= count;
    if (this.#budget < 0) throw this.invalid('asks for far more weights than the file holds');
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
      const own = isTaken
        ? this.#append({ kind: 'reshape', shape: value.shape }, [value.layer], value.shape)
        : value;
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

  #append(
    attributes: LayerAttributes,
    inputs: readonly string[],
    shape: Shape,
    weights: Readonly<Record<string, Tensor>> = {},
  ): { layer: string; shape: Shape } {
    const isWhole = shape.every((side) => Number.isInteger(side) && side >= 1);
    if (!isWhole || elementCount(shape) > MAX_ELEMENTS) {
      throw this.invalid(`a result of [${shape.join(', ')}] cannot be`);
    }
    const layer = this.#uniqueName(this.name);
    this.#layers.set(layer, { ...attributes, name: layer, inputs });
    for (const tensor of Object.values(weights)) this.spend(tensor.data.length);
    this.#weights.set(layer, weights);
    return { layer, shape };
  }

  #uniqueName(wanted: string): string {
    const base = legalName(wanted);
    let name = base;
    let count = this.#names.get(base) ?? 1;
    while (this.#layers.has(name)) name = `${base}_${++count}`;
    this.#names.set(base, count);
    return name;
  }

  #pointwise(x: Value, attributes: LayerAttributes, weights: Readonly<Record<string, Tensor>> = {}): Value {
    return { ...x, ...this.#append(attributes, [x.layer], x.shape, weights) };
  }

  #normalization(x: Value, statistics: readonly Float32Array[], epsilon: number, momentum: number): Value {
    const [gamma, beta, mean, variance] = statistics;
    return this.#pointwise(
      x,
      { kind: 'batchNormalization', epsilon, momentum, center: true, scale: true },
      {
        gamma: this.#vector(gamma),
        beta: this.#vector(beta),
        moving_mean: this.#vector(mean),
        moving_variance: this.#vector(variance),
      },
    );
  }

  #picture(layer: string, shape: ImageShape): Value {
    return { layer, shape, ...viewOf(this.pictureDims(shape), this.#pictureAxes) };
  }

  #vector(data: Float32Array = new Float32Array(0)): Tensor {
    return { shape: [data.length], data };
  }

  #pooling(
    x: Value,
    options: WindowOptions,
    layerOf: (window: { poolSize: Size2d; strides: number; padding: Padding }) => LayerAttributes,
  ): Value {
    const [height, width, channels] = this.pictureShape(x);
    const { size, padding } = options;
    const strides = this.#strides(options);
    const output = this.#window([height, width], { size, strides, padding });
    if (typeof padding !== 'string') {
      const [across, down] = [Math.max(padding.left, padding.right), Math.max(padding.top, padding.bottom)];
      if (down >= size[0] || across >= size[1]) throw this.invalid('pads by more than its window');
    }
    const shape = [...output, channels] as const;
    const { layer } = this.#append(
      layerOf({ poolSize: size, strides, padding }),
      [this.#arranged(x, this.#pictureAxes).layer],
      shape,
    );
    return this.#picture(layer, shape);
  }

  #strides({ strides: [down, across] }: WindowOptions): number {
    if (down !== across) throw this.unsupported(`strides of ${down}×${across}; both must be the same`);
    return down;
  }

  #window(
    [height, width]: Size2d,
    window: { size: Size2d; strides: number; padding: Padding },
  ): readonly [height: number, width: number] {
    for (const value of [...window.size, window.strides]) {
      if (!Number.isInteger(value) || value < 1 || value > MAX_WINDOW) {
        throw this.invalid(`a window of ${window.size.join('×')} at strides of ${window.strides}`);
      }
    }
    if (typeof window.padding !== 'string') this.#checkPadding({ ...window.padding });
    const { outputHeight, outputWidth } = resolveWindow([height, width], window);
    if (outputHeight < 1 || outputWidth < 1) {
      throw this.invalid(`a window of ${window.size.join('×')} does not fit into ${height}×${width}`);
    }
    return [outputHeight, outputWidth];
  }

  #checkPadding(amounts: Readonly<Record<string, number>>): void {
    for (const [side, amount] of Object.entries(amounts)) {
      if (!Number.isInteger(amount) || amount < 0 || amount > MAX_WINDOW) {
        throw this.unsupported(`pads by ${amount} (${side})`);
      }
    }
  }

  #checkBias(bias: Tensor | undefined, count: number): void {
    if (bias !== undefined && bias.data.length !== count) {
      throw this.invalid(`${bias.data.length} biases for ${count} results`);
    }
  }

  /** The same value with its memory shaped as `axes` say, slowest first. */
  #arranged(x: Value, axes: readonly number[]): Value {
    if (!fitsOrder(x, axes)) {
      throw this.unsupported('needs its values in another order than the operators before it leave them in');
    }
    const shape = axes.map((axis) => x.dims[axis] ?? 1);
    return { ...x, ...this.#reshape(x, shape) };
  }

  #flattened(x: Value): Value {
    return { ...x, ...this.#reshape(x, [elementCount(x.shape)]) };
  }

  #reshape(x: Value, shape: Shape): { layer: string; shape: Shape } {
    if (x.shape.join() === shape.join()) return { layer: x.layer, shape };
    const key = `${x.layer}/${shape.join()}`;
    const known = this.#reshaped.get(key);
    if (known !== undefined) return { layer: known, shape };
    const attributes =
      shape.length === 1 ? ({ kind: 'flatten' } as const) : ({ kind: 'reshape', shape } as const);
    const result = this.#append(attributes, [x.layer], shape);
    this.#reshaped.set(key, result.layer);
    return result;
  }

  /** Rows of a matrix in the order in which memory has the values that they are for. */
  #rowsInMemoryOrder(x: Value, kernel: Tensor): Tensor {
    if (isPlain(x)) return kernel;
    const [, units = 0] = kernel.shape;
    this.spend(kernel.data.length);
    const data = new Float32Array(kernel.data.length);
    logicalIndices(x).forEach((row, at) => {
      data.set(kernel.data.subarray(row * units, (row + 1) * units), at * units);
    });
    return { shape: kernel.shape, data };
  }

  #together(kind: 'add' | 'multiply', a: Value, b: Value): Value {
    const verb = kind === 'add' ? 'adds' : 'multiplies';
    if (a.dims.join() !== b.dims.join()) {
      throw this.unsupported(`${verb} [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
    }
    if (!areAlike(a, b)) throw this.unsupported(`${verb} values that lie in different orders`);
    return { ...a, ...this.#append({ kind }, [a.layer, this.#reshape(b, a.shape).layer], a.shape) };
  }

  /**
   * Constants as one number per channel, a channel being the last axis in memory.
   *
   * Where they vary along other axes, every value is made a channel of its own.
   */
  #perChannel(x: Value, constants: readonly Constant[]): { at: Value; vectors: Float32Array[] } {
    const rank = x.dims.length;
    const aligned = constants.map(({ dims, values }) => {
      const extra = dims.length - rank;
      const sides = extra > 0 ? dims.slice(extra) : [...new Array<number>(-extra).fill(1), ...dims];
      const isLarger = dims.slice(0, Math.max(extra, 0)).some((side) => side !== 1);
      if (isLarger || sides.some((side, axis) => side !== 1 && side !== x.dims[axis])) {
        throw this.unsupported(`puts a constant [${dims.join(', ')}] upon [${x.dims.join(', ')}]`);
      }
      return { dims: sides, values };
    });
    const varying = new Set(
      aligned.flatMap(({ dims }) => [...dims.keys()].filter((axis) => dims[axis] !== 1)),
    );
    const last = orderOf(x)?.at(-1);
    const isByChannel = varying.size === 0 || (varying.size === 1 && last !== undefined && varying.has(last));
    if (isByChannel) {
      const channels = varying.size === 0 ? (x.shape.at(-1) ?? 1) : (x.dims[last ?? 0] ?? 1);
      const rest = elementCount(x.shape) / channels;
      const shape = rest === 1 ? [channels] : [rest, channels];
      const at = x.shape.at(-1) === channels ? x : { ...x, ...this.#reshape(x, shape) };
      this.spend(channels * constants.length);
      const vectors = aligned.map(({ values }) =>
        values.length === 1 ? new Float32Array(channels).fill(values[0] ?? 0) : Float32Array.from(values),
      );
      return { at, vectors };
    }
    this.spend(elementCount(x.dims) * (constants.length + 2));
    const indices = logicalIndices(x);
    const vectors = aligned.map(({ dims, values }) => {
      const strides = stridesOf(dims).map((stride, axis) => (dims[axis] === 1 ? 0 : stride));
      const whole = new Float32Array(indices.length);
      gatherStrided(x.dims, strides, (to, from) => {
        whole[to] = values[from] ?? 0;
      });
      return whole.map((_, at) => whole[indices[at] ?? 0] ?? 0);
    });
    return { at: this.#flattened(x), vectors };
  }

  /**
   * An output has the foreign dims without the batch, and pictures our order of axes. Four dims of which one is
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
      if (order.length <= 1) return this.#flattened(x);
      if (fitsOrder(x, this.#pictureAxes)) return this.#arranged(x, this.#pictureAxes);
    }
    if (!isPlain(x)) return x;
    const axes = [...x.dims.keys()].slice(x.dims[0] === 1 && x.dims.length > 1 ? 1 : 0);
    return this.#arranged(x, axes);
  }
}

/** Whether memory lies as `axes` say; they must name every axis that is longer than one. */
function fitsOrder(x: Value, axes: readonly number[]): boolean {
  return orderOf(x)?.join() === axes.filter((axis) => (x.dims[axis] ?? 1) > 1).join();
}

/** As our graphs want names: no slash, not empty, not endless. */
function legalName(name: string): string {
  const legal = name.replace(/^\/+/, '').replace(/\/+/g, '.').slice(0, MAX_NAME_LENGTH);
  return legal === '' ? 'layer' : legal;
}
