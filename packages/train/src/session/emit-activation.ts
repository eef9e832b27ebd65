/** Activations: forward and backward. */
import { ELEMENT_GRAIN, ROW_GRAIN } from '@mien/core/compiler';
import {
  elementCount,
  type ActivationName,
  type ClipLayer,
  type PreluLayer,
  type Shape,
} from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

export function emitActivation(
  tape: GradientTape,
  activation: ActivationName,
  shape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder } = tape;
  const elements = tape.batch * elementCount(shape);
  switch (activation) {
    case 'relu':
      builder.launch('relu', [x.buffer, y.buffer], elements, ELEMENT_GRAIN);
      tape.push(() => {
        tape.emitGradient(x, (dx, flags) => {
          const operands = [y.buffer, tape.gradientOf(y), dx, flags] as const;
          builder.launch('reluBackward', [...operands], elements, ELEMENT_GRAIN);
        });
      });
      return;
    case 'relu6':
      emitClip(tape, { min: 0, max: 6 }, shape, x, y);
      return;
    case 'sigmoid':
    case 'tanh':
    case 'hardSigmoid':
    case 'hardSwish':
    case 'elu':
    case 'gelu': {
      builder.launch(activation, [x.buffer, y.buffer], elements, ELEMENT_GRAIN);
      // The slope follows from the output, except where two inputs give the same one.
      const source = activation === 'hardSwish' || activation === 'gelu' ? x : y;
      tape.push(() => {
        tape.emitOverwrittenGradient(x, (dx) => {
          const operands = [source.buffer, tape.gradientOf(y), dx] as const;
          builder.launch(`${activation}Backward`, [...operands], elements, ELEMENT_GRAIN);
        });
      });
      return;
    }
    case 'softmax': {
      const classes = shape.at(-1) ?? 1;
      builder.launch('softmax', [x.buffer, y.buffer, classes], elements / classes);
      tape.push(() => {
        tape.emitOverwrittenGradient(x, (dx) => {
          const operands = [y.buffer, tape.gradientOf(y), dx, classes] as const;
          builder.launch('softmaxBackward', [...operands], elements / classes);
        });
      });
      return;
    }
    default:
      activation satisfies never;
  }
}

export function emitClip(
  tape: GradientTape,
  { min, max }: Pick<ClipLayer, 'min' | 'max'>,
  shape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder } = tape;
  const elements = tape.batch * elementCount(shape);
  builder.launch('clip', [x.buffer, y.buffer, min, max], elements, ELEMENT_GRAIN);
  tape.push(() => {
    tape.emitOverwrittenGradient(x, (dx) => {
      const operands = [y.buffer, tape.gradientOf(y), dx, min, max] as const;
      builder.launch('clipBackward', [...operands], elements, ELEMENT_GRAIN);
    });
  });
}

export function emitPrelu(tape: GradientTape, { name }: PreluLayer, shape: Shape, x: Value, y: Value): void {
  const { builder, parameters } = tape;
  const channels = shape.at(-1) ?? 1;
  const rows = (tape.batch * elementCount(shape)) / channels;
  const alpha = parameters.offsetOf(`${name}/alpha`);
  builder.launch('prelu', [x.buffer, alpha, y.buffer, channels], rows, ROW_GRAIN);
  tape.push(() => {
    const dy = tape.gradientOf(y);
    const target = parameters.gradients.offsetOf(`${name}/alpha`);
    tape.emitReduction(target, rows, channels, (partial, perChunk, chunks) => {
      builder.launch('preluBackwardAlpha', [x.buffer, dy, partial, rows, channels, perChunk], chunks);
    });
    tape.emitOverwrittenGradient(x, (dx) => {
      builder.launch('preluBackward', [x.buffer, alpha, dy, dx, channels], rows, ROW_GRAIN);
    });
  });
}
