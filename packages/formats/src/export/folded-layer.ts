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
import type { Folding } from './plan-folding.js';

/** What a layer puts out. */
export interface LayerValue {
  readonly layer: Layer;
  /** Without the batch, as all shapes of ours. */
  readonly shape: Shape;
}

export interface FoldedLayerOptions<Value extends LayerValue> {
  readonly folding: Folding;
  readonly inputs: readonly Value[];
  /** Of what comes out. */
  readonly shape: Shape;
  readonly weights: Weights;
  readonly onRewrite: ExportOptions['onRewrite'];
}

/** A layer to be written together with the layers that are folded into it. */
export class FoldedLayer<Value extends LayerValue> {
  readonly inputs: readonly Value[];
  /** Of what comes out. */
  readonly shape: Shape;
  protected readonly folding: Folding;
  readonly #weights: Weights;
  readonly #onRewrite: ExportOptions['onRewrite'];

  constructor({ folding, inputs, shape, weights, onRewrite }: FoldedLayerOptions<Value>) {
    this.inputs = inputs;
    this.shape = shape;
    this.folding = folding;
    this.#weights = weights;
    this.#onRewrite = onRewrite;
  }

  /** The first input, which every layer but a network's own has. */
  get input(): Value {
    const [input] = this.inputs;
    if (input === undefined) throw this.unsupported('takes nothing');
    return input;
  }

  /** The last side of what comes out. */
  get channels(): number {
    return this.shape.at(-1) ?? 1;
  }

  /** Name of a weight, by the layer's own name for it. */
  named(weight: string): string {
    return `${this.folding.first.name}/${weight}`;
  }

  weight(weight: string): Tensor {
    const tensor = this.#weights.get(this.named(weight));
    if (tensor === undefined)
      throw new MienError('MODEL_INVALID', `weights: ${this.named(weight)} is missing`);
    return tensor;
  }

  /** Scale and offset of each channel by the batch normalisation that is folded into this layer's weights. */
  foldedAffine(): ChannelAffine | undefined {
    const { normalization, first } = this.folding;
    if (normalization === undefined) return undefined;
    this.#onRewrite?.(normalization.name, `folded into the weights of ${first.name}`);
    return this.affineOf(normalization);
  }

  affineOf(normalization: BatchNormalizationLayer): ChannelAffine {
    return toChannelAffine(normalization, this.channels, this.#weights);
  }

  /** Tells that the layer has another form in the file. */
  rewritten(form: string): void {
    this.#onRewrite?.(this.folding.first.name, form);
  }

  unsupported(problem: string): MienError {
    return new MienError('UNSUPPORTED', `layer ${this.folding.first.name}: ${problem}`);
  }
}
