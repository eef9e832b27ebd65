import { describeGraph } from './describe-graph.js';
import type {
  ActivationName,
  AveragePooling2dLayer,
  BatchNormalizationLayer,
  ClipLayer,
  ConcatenateLayer,
  Conv2dLayer,
  DenseLayer,
  DepthwiseConv2dLayer,
  DropoutLayer,
  Graph,
  ImageShape,
  Layer,
  LayerBase,
  MaxPooling2dLayer,
  ReshapeLayer,
  Resize2dLayer,
  SeparableConv2dLayer,
  ZeroPadding2dLayer,
} from './graph.js';

/** Handle of a layer's output while a graph is built. */
export interface Symbolic {
  readonly name: string;
}

type WithDefaults<L extends Layer, Required extends keyof L> = Pick<L, Required> &
  Partial<Omit<L, keyof LayerBase | 'kind' | Required>> & { readonly name?: string };

/**
 * Builds a graph layer by layer, with Keras' defaults and automatic names (`conv2d_1`, `add_4`).
 *
 * @example
 * const g = new GraphBuilder('tiny', [48, 48, 1]);
 * let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], useBias: false });
 * x = g.relu(g.batchNormalization(x));
 * const graph = g.build(g.softmax(g.dense(g.globalAveragePooling2d(x), { units: 7 })));
 */
export class GraphBuilder {
  readonly input: Symbolic;
  readonly #layers: Layer[] = [];
  readonly #counters = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly inputShape: ImageShape,
  ) {
    this.input = this.#append({ kind: 'input', name: 'input_1', inputs: [], shape: inputShape });
  }

  conv2d(x: Symbolic, options: WithDefaults<Conv2dLayer, 'filters' | 'kernelSize'>): Symbolic {
    const defaults = { strides: 1, padding: 'valid', useBias: true, groups: 1, kernelL2: 0 } as const;
    return this.#append({ kind: 'conv2d', ...this.#header('conv2d', [x], options), ...defaults, ...options });
  }

  depthwiseConv2d(x: Symbolic, options: WithDefaults<DepthwiseConv2dLayer, 'kernelSize'>): Symbolic {
    const defaults = { strides: 1, padding: 'valid', useBias: true } as const;
    const header = this.#header('depthwise_conv2d', [x], options);
    return this.#append({ kind: 'depthwiseConv2d', ...header, ...defaults, ...options });
  }

  separableConv2d(
    x: Symbolic,
    options: WithDefaults<SeparableConv2dLayer, 'filters' | 'kernelSize'>,
  ): Symbolic {
    const defaults = { strides: 1, padding: 'valid', useBias: true } as const;
    const header = this.#header('separable_conv2d', [x], options);
    return this.#append({ kind: 'separableConv2d', ...header, ...defaults, ...options });
  }

  batchNormalization(x: Symbolic, options: WithDefaults<BatchNormalizationLayer, never> = {}): Symbolic {
    const defaults = { epsilon: 1e-3, momentum: 0.99, center: true, scale: true };
    const header = this.#header('batch_normalization', [x], options);
    return this.#append({ kind: 'batchNormalization', ...header, ...defaults, ...options });
  }

  activation(x: Symbolic, activation: ActivationName, options: { name?: string } = {}): Symbolic {
    return this.#append({ kind: 'activation', ...this.#header('activation', [x], options), activation });
  }

  relu(x: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.activation(x, 'relu', options);
  }

  softmax(x: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.activation(x, 'softmax', options);
  }

  prelu(x: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.#append({ kind: 'prelu', ...this.#header('p_re_lu', [x], options) });
  }

  clip(x: Symbolic, options: WithDefaults<ClipLayer, 'min' | 'max'>): Symbolic {
    return this.#append({ kind: 'clip', ...this.#header('clip', [x], options), ...options });
  }

  /** `strides` defaults to the height of the window. */
  maxPooling2d(x: Symbolic, options: WithDefaults<MaxPooling2dLayer, 'poolSize'>): Symbolic {
    const defaults = { strides: options.poolSize[0], padding: 'valid' } as const;
    const header = this.#header('max_pooling2d', [x], options);
    return this.#append({ kind: 'maxPooling2d', ...header, ...defaults, ...options });
  }

  /** `strides` defaults to the height of the window. */
  averagePooling2d(x: Symbolic, options: WithDefaults<AveragePooling2dLayer, 'poolSize'>): Symbolic {
    const defaults = { strides: options.poolSize[0], padding: 'valid', countIncludesPadding: false } as const;
    const header = this.#header('average_pooling2d', [x], options);
    return this.#append({ kind: 'averagePooling2d', ...header, ...defaults, ...options });
  }

  globalAveragePooling2d(x: Symbolic, options: { name?: string } = {}): Symbolic {
    const header = this.#header('global_average_pooling2d', [x], options);
    return this.#append({ kind: 'globalAveragePooling2d', ...header });
  }

  flatten(x: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.#append({ kind: 'flatten', ...this.#header('flatten', [x], options) });
  }

  reshape(x: Symbolic, options: WithDefaults<ReshapeLayer, 'shape'>): Symbolic {
    return this.#append({ kind: 'reshape', ...this.#header('reshape', [x], options), ...options });
  }

  resize2d(x: Symbolic, options: WithDefaults<Resize2dLayer, 'size'>): Symbolic {
    const header = this.#header('resize2d', [x], options);
    return this.#append({ kind: 'resize2d', ...header, interpolation: 'nearest', ...options });
  }

  zeroPadding2d(x: Symbolic, options: WithDefaults<ZeroPadding2dLayer, 'padding'>): Symbolic {
    const header = this.#header('zero_padding2d', [x], options);
    return this.#append({ kind: 'zeroPadding2d', ...header, channelsAfter: 0, ...options });
  }

  dropout(x: Symbolic, options: WithDefaults<DropoutLayer, 'rate'>): Symbolic {
    return this.#append({ kind: 'dropout', ...this.#header('dropout', [x], options), ...options });
  }

  dense(x: Symbolic, options: WithDefaults<DenseLayer, 'units'>): Symbolic {
    return this.#append({ kind: 'dense', ...this.#header('dense', [x], options), useBias: true, ...options });
  }

  add(a: Symbolic, b: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.#append({ kind: 'add', ...this.#header('add', [a, b], options) });
  }

  multiply(a: Symbolic, b: Symbolic, options: { name?: string } = {}): Symbolic {
    return this.#append({ kind: 'multiply', ...this.#header('multiply', [a, b], options) });
  }

  /** `axis` does not count the batch; default: the channels of a picture. */
  concatenate(inputs: readonly Symbolic[], options: WithDefaults<ConcatenateLayer, never> = {}): Symbolic {
    const header = this.#header('concatenate', inputs, options);
    return this.#append({ kind: 'concatenate', ...header, axis: 2, ...options });
  }

  /**
   * Finishes the graph.
   *
   * @throws MienError `MODEL_INVALID` if shapes do not match, or if a layer's output is unused
   */
  build(...outputs: readonly Symbolic[]): Graph {
    const graph: Graph = {
      name: this.name,
      inputShape: this.inputShape,
      layers: this.#layers,
      outputs: outputs.map(({ name }) => name),
    };
    describeGraph(graph);
    return graph;
  }

  #append(layer: Layer): Symbolic {
    this.#layers.push(layer);
    return { name: layer.name };
  }

  #header(stem: string, inputs: readonly Symbolic[], { name }: { readonly name?: string }) {
    const count = (this.#counters.get(stem) ?? 0) + 1;
    this.#counters.set(stem, count);
    return { name: name ?? `${stem}_${count}`, inputs: inputs.map((input) => input.name) };
  }
}
