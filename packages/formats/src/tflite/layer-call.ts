import { MienError } from '@mien/core';
import {
  toChannelAffine,
  type BatchNormalizationLayer,
  type ChannelAffine,
  type Layer,
  type Shape,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import type { ExportOptions } from '../imported-model.js';
import type { Folding, FusedActivation } from './plan-folding.js';
import type { Output, TfliteWriter } from './tflite-writer.js';

/** What a layer puts out. */
export interface LayerValue {
  readonly layer: Layer;
  readonly tensor: number;
  /** Without the batch, as all shapes of ours. */
  readonly shape: Shape;
}

interface LayerCallOptions {
  readonly folding: Folding;
  readonly inputs: readonly LayerValue[];
  /** Of what comes out. */
  readonly shape: Shape;
  readonly weights: Weights;
  readonly writer: TfliteWriter;
  readonly onRewrite: ExportOptions['onRewrite'];
}

/** One layer to be written, with its inputs and outputs: the argument of every function that writes operators. */
export class LayerCall {
  readonly writer: TfliteWriter;
  readonly inputs: readonly LayerValue[];
  /** The output of the last operator. */
  readonly output: Output;
  /** The activation that is fused into the last operator. */
  readonly activation: FusedActivation;
  readonly #name: string;
  readonly #options: LayerCallOptions;

  constructor(options: LayerCallOptions) {
    const { folding, shape } = options;
    this.writer = options.writer;
    this.inputs = options.inputs;
    this.output = { name: folding.last.name, shape };
    this.activation = folding.activation;
    this.#name = folding.first.name;
    this.#options = options;
  }

  /** The first input, which every layer but a network's own has. */
  get input(): LayerValue {
    const [input] = this.inputs;
    if (input === undefined) throw this.unsupported('takes nothing');
    return input;
  }

  /** Tensor of the first input. */
  get x(): number {
    return this.input.tensor;
  }

  /** Of all inputs. */
  get tensors(): readonly number[] {
    return this.inputs.map(({ tensor }) => tensor);
  }

  /** What an operator before the last puts out. */
  between(part: string, shape: Shape): Output {
    return { name: `${this.#name}_${part}`, shape };
  }

  /** Name of a weight, by the layer's own name for it. */
  named(weight: string): string {
    return `${this.#name}/${weight}`;
  }

  weight(weight: string): Tensor {
    const tensor = this.#options.weights.get(this.named(weight));
    if (tensor === undefined)
      throw new MienError('MODEL_INVALID', `weights: ${this.named(weight)} is missing`);
    return tensor;
  }

  /** Scale and offset of each channel by the batch normalisation that is folded into this layer's weights. */
  foldedAffine(): ChannelAffine | undefined {
    const { normalization } = this.#options.folding;
    if (normalization === undefined) return undefined;
    this.#options.onRewrite?.(normalization.name, `folded into the weights of ${this.#name}`);
    return this.affineOf(normalization);
  }

  affineOf(normalization: BatchNormalizationLayer): ChannelAffine {
    return toChannelAffine(normalization, this.output.shape.at(-1) ?? 1, this.#options.weights);
  }

  /** Tells that the layer has another form in the file. */
  rewritten(form: string): void {
    this.#options.onRewrite?.(this.#name, form);
  }

  unsupported(problem: string): MienError {
    return new MienError('UNSUPPORTED', `layer ${this.#name}: ${problem}`);
  }
}
