/** How layers upon single values are said in TFLite: activations, factors and offsets per channel, products. */
import type { ActivationName, BatchNormalizationLayer, ClipLayer, Shape } from '@mien/core/nn';
import type { LayerCall } from './layer-call.js';
import { FUSED, toFused, type FusedActivation } from '../export/plan-folding.js';
import type { OperatorName, Output } from './tflite-writer.js';

/** Activations that are operators, of one input and no options. */
const ACTIVATIONS = {
  relu: 'RELU',
  relu6: 'RELU6',
  sigmoid: 'LOGISTIC',
  hardSwish: 'HARD_SWISH',
  elu: 'ELU',
  gelu: 'GELU',
  tanh: 'TANH',
} as const satisfies Record<Exclude<ActivationName, 'softmax' | 'hardSigmoid'>, OperatorName>;

/** The same for activations that are fused where possible. */
const ALONE = {
  [FUSED.relu]: 'RELU',
  [FUSED.reluN1To1]: 'RELU_N1_TO_1',
  [FUSED.relu6]: 'RELU6',
} as const satisfies Record<Exclude<FusedActivation, typeof FUSED.none>, OperatorName>;

export function activation(name: ActivationName, call: LayerCall): number {
  const { writer, x, output } = call;
  if (name === 'softmax') {
    const beta = { float32: 1 };
    return writer.operator('SOFTMAX', [x], output, [beta]);
  }
  if (name === 'hardSigmoid') {
    // max(0, min(6, x + 3)) / 6, as Keras' networks have it.
    call.rewritten('ADD, RELU6 and MUL');
    const held = call.between('held', output.shape);
    const y = writer.operator('ADD', [x, writer.scalar(3)], held, [{ int8: FUSED.relu6 }]);
    return writer.operator('MUL', [y, writer.scalar(1 / 6)], output, [{ int8: FUSED.none }]);
  }
  return writer.operator(ACTIVATIONS[name], [x], output);
}

export function clip(layer: ClipLayer, call: LayerCall): number {
  const { writer, x, output } = call;
  const fused = toFused(layer);
  if (fused !== undefined) return writer.operator(ALONE[fused], [x], output);
  const { min, max } = layer;
  const above = (low: Output) => writer.operator('MAXIMUM', [x, writer.scalar(min)], low);
  if (max === Infinity) return min === -Infinity ? x : above(output);
  const y = min === -Infinity ? x : above(call.between('above', output.shape));
  return writer.operator('MINIMUM', [y, writer.scalar(max)], output);
}

/** A normalisation that nothing before it could take over. */
export function batchNormalization(layer: BatchNormalizationLayer, call: LayerCall): number {
  call.rewritten('MUL and ADD');
  const { writer, x, output } = call;
  const { scale, shift } = call.affineOf(layer);
  const constant = (name: string, values: Float64Array) =>
    writer.floats(call.named(name), [values.length], Float32Array.from(values));
  const scaled = call.between('scaled', output.shape);
  const product = writer.operator('MUL', [x, constant('scale', scale)], scaled, [{ int8: FUSED.none }]);
  return writer.operator('ADD', [product, constant('shift', shift)], output, [{ int8: call.activation }]);
}

export function prelu(call: LayerCall): number {
  const { writer, x, output } = call;
  const { data } = call.weight('alpha');
  const alpha = writer.floats(call.named('alpha'), perChannel(output.shape), data);
  return writer.operator('PRELU', [x, alpha], output);
}

export function multiply(call: LayerCall): number {
  const { writer, x, output } = call;
  const [, factors] = call.inputs;
  if (factors === undefined) throw call.unsupported('takes one input');
  const product = [{ int8: call.activation }];
  if (factors.shape.length === output.shape.length) {
    return writer.operator('MUL', [x, factors.tensor], output, product);
  }
  // One factor per channel, which broadcasts along the axes before the last.
  const shape = perChannel(output.shape);
  const placed = writer.reshape(factors.tensor, call.between('factors', shape));
  return writer.operator('MUL', [x, placed], output, product);
}

/** The shape of one number for each channel of a value. */
function perChannel(shape: Shape): number[] {
  return shape.map((side, axis) => (axis === shape.length - 1 ? side : 1));
}
