/** How layers upon single values are said in TensorFlow: activations, factors and offsets per channel, products. */
import type { ActivationName, BatchNormalizationLayer, ClipLayer } from '@mien/core/nn';
import type { GraphStep } from './graph-step.js';

/** Activations that are operators of one input. */
const ACTIVATIONS = {
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  elu: 'Elu',
  tanh: 'Tanh',
  softmax: 'Softmax',
} as const satisfies Record<Exclude<ActivationName, 'hardSigmoid' | 'hardSwish' | 'gelu'>, string>;

export function activation(kind: ActivationName, step: GraphStep): string {
  const { writer, x, name } = step;
  if (kind === 'gelu') throw step.unsupported('TensorFlow.js has no gelu; choose another format');
  if (kind !== 'hardSigmoid' && kind !== 'hardSwish') return writer.node(ACTIVATIONS[kind], name, [x]);
  // max(0, min(6, x + 3)) / 6, as Keras' networks have it; hardSwish is x times that.
  step.rewritten(kind === 'hardSigmoid' ? 'AddV2, Relu6 and Mul' : 'AddV2, Relu6 and two Mul');
  const raised = writer.node('AddV2', step.named('raised'), [x, writer.scalar(3)]);
  const held = writer.node('Relu6', step.named('held'), [raised]);
  const sixth = (to: string) => writer.node('Mul', to, [held, writer.scalar(1 / 6)]);
  if (kind === 'hardSigmoid') return sixth(name);
  return writer.node('Mul', name, [x, sixth(step.named('gate'))]);
}

export function clip({ min, max }: ClipLayer, step: GraphStep): string {
  const { writer, x, name } = step;
  if (min === -Infinity && max === Infinity) return x;
  const above = (to: string) => writer.node('Maximum', to, [x, writer.scalar(min)]);
  if (max === Infinity) return above(name);
  const y = min === -Infinity ? x : above(step.named('above'));
  return writer.node('Minimum', name, [y, writer.scalar(max)]);
}

/** A normalisation that nothing before it could take over. */
export function batchNormalization(layer: BatchNormalizationLayer, step: GraphStep): string {
  step.rewritten('Mul and AddV2');
  const { writer, x, channels } = step;
  const { scale, shift } = step.affineOf(layer);
  const factors = writer.floats(step.named('scale'), [channels], Float32Array.from(scale));
  const offsets = writer.floats(step.named('shift'), [channels], Float32Array.from(shift));
  const scaled = writer.node('Mul', step.named('scaled'), [x, factors]);
  return step.end((name) => writer.node('AddV2', name, [scaled, offsets]));
}

export function prelu(step: GraphStep): string {
  const { writer, x, channels } = step;
  const alpha = writer.floats(step.named('alpha'), [channels], step.weight('alpha').data);
  return writer.node('Prelu', step.name, [x, alpha]);
}

export function multiply(step: GraphStep): string {
  const { writer, x, shape, inputs } = step;
  const [, factors] = inputs;
  if (factors === undefined) throw step.unsupported('takes one input');
  if (factors.shape.length === shape.length)
    return step.end((name) => writer.node('Mul', name, [x, factors.node]));
  // One factor per channel, which broadcasts along the axes before the last.
  const sides = shape.map((side, axis) => (axis === shape.length - 1 ? side : 1));
  const placed = writer.reshape(step.named('factors'), factors.node, sides);
  return step.end((name) => writer.node('Mul', name, [x, placed]));
}
