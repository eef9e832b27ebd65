import { FoldedLayer, type FoldedLayerOptions, type LayerValue } from '../export/folded-layer.js';
import { FUSED } from '../export/plan-folding.js';
import type { GraphWriter } from './graph-writer.js';

export interface NodeValue extends LayerValue {
  /** Name of the node. */
  readonly node: string;
}

/** One layer to be written, with its inputs: the argument of every function that writes nodes. */
export class GraphStep extends FoldedLayer<NodeValue> {
  readonly writer: GraphWriter;
  /** Of the node that comes out. */
  readonly name: string;

  constructor(writer: GraphWriter, options: FoldedLayerOptions<NodeValue>) {
    super(options);
    this.writer = writer;
    this.name = this.folding.last.name;
  }

  /** The first input; empty for the layer that is the network's own input. */
  get x(): string {
    return this.nodes[0] ?? '';
  }

  /** Of all inputs. */
  get nodes(): readonly string[] {
    return this.inputs.map(({ node }) => node);
  }

  /** The activation that operators with weights take over, as far as TensorFlow.js has it fused. */
  get fusedActivation(): 'Relu' | 'Relu6' | undefined {
    const { activation } = this.folding;
    if (activation === FUSED.relu) return 'Relu';
    return activation === FUSED.relu6 ? 'Relu6' : undefined;
  }

  /**
   * Writes an operator, and after it the activation of this layer.
   *
   * @param write writes a node of the given name and returns it
   * @param takesActivation whether what is written has {@link fusedActivation} in it
   */
  end(write: (name: string) => string, takesActivation = false): string {
    const { writer, name, fusedActivation } = this;
    const isDone =
      this.folding.activation === FUSED.none || (takesActivation && fusedActivation !== undefined);
    if (isDone) return write(name);
    const before = write(this.named('linear'));
    if (fusedActivation !== undefined) return writer.node(fusedActivation, name, [before]);
    const above = writer.node('Maximum', this.named('above'), [before, writer.scalar(-1)]);
    return writer.node('Minimum', name, [above, writer.scalar(1)]);
  }
}
