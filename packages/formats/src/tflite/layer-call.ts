import type { Shape } from '@mien/core/nn';
import { FoldedLayer, type FoldedLayerOptions, type LayerValue } from '../export/folded-layer.js';
import type { FusedActivation } from '../export/plan-folding.js';
import type { Output, TfliteWriter } from './tflite-writer.js';

export interface TensorValue extends LayerValue {
  readonly tensor: number;
}

/** One layer to be written, with its inputs and outputs: the argument of every function that writes operators. */
export class LayerCall extends FoldedLayer<TensorValue> {
  readonly writer: TfliteWriter;
  /** The output of the last operator. */
  readonly output: Output;
  /** The activation that is fused into the last operator. */
  readonly activation: FusedActivation;

  constructor(writer: TfliteWriter, options: FoldedLayerOptions<TensorValue>) {
    super(options);
    this.writer = writer;
    this.output = { name: this.folding.last.name, shape: this.shape };
    this.activation = this.folding.activation;
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
    return { name: `${this.folding.first.name}_${part}`, shape };
  }
}
