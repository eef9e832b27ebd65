import type { ProgramBuilder } from '../../backend/program-builder.js';
import type { ActivationName, Shape } from '../graph.js';
import { elementCount } from '../tensor.js';
import { ELEMENT_GRAIN } from './grains.js';
import type { Operand } from './operand.js';

/** Emits y = activation(x) for values `[batch, …shape]`. */
export function emitActivation(
  builder: ProgramBuilder,
  batch: number,
  activation: ActivationName,
  shape: Shape,
  x: Operand,
  y: Operand,
): void {
  const elements = batch * elementCount(shape);
  switch (activation) {
    case 'softmax': {
      const classes = shape.at(-1) ?? 1;
      builder.launch('softmax', [x, y, classes], elements / classes);
      return;
    }
    case 'relu6':
      builder.launch('clip', [x, y, 0, 6], elements, ELEMENT_GRAIN);
      return;
    case 'relu':
    case 'sigmoid':
    case 'hardSigmoid':
    case 'hardSwish':
    case 'elu':
    case 'gelu':
    case 'tanh':
      builder.launch(activation, [x, y], elements, ELEMENT_GRAIN);
      return;
    default:
      activation satisfies never;
  }
}
