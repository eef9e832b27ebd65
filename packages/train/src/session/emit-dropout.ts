import { ELEMENT_GRAIN } from '@mien/core/compiler';
import { elementCount, type DropoutLayer, type Shape } from '@mien/core/nn';
import type { DropoutKeys } from './dropout-keys.js';
import type { GradientTape, Value } from './gradient-tape.js';

/**
 * Inverted dropout: what stays is scaled by 1 / (1 − rate), so that inference has nothing to do. The backward pass draws
 * the same mask again instead of keeping it.
 * Ref: Srivastava et al., "Dropout", 2014; the scaling is Keras'.
 */
export function emitDropout(
  tape: GradientTape,
  { name, rate }: DropoutLayer,
  keys: DropoutKeys,
  shape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder } = tape;
  const elements = tape.batch * elementCount(shape);
  const mask = [keys.offsetOf(name), Math.floor(rate * 2 ** 32), 1 / (1 - rate)] as const;
  builder.launch('dropout', [x.buffer, y.buffer, ...mask], elements, ELEMENT_GRAIN);
  tape.push(() => {
    tape.emitGradientApart(x, (dx) => {
      builder.launch('dropout', [tape.gradientOf(y), dx, ...mask], elements, ELEMENT_GRAIN);
    });
  });
}
