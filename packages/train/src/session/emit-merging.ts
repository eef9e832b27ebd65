/** Layers with several inputs, forward and backward. */
import { concatenatedParts, ELEMENT_GRAIN, FLAG_ACCUMULATE, ROW_GRAIN } from '@mien/core/compiler';
import { elementCount, type Shape } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

/** An input of a layer that has several. */
export interface MergedInput {
  readonly value: Value;
  readonly shape: Shape;
  /** Whether no other layer takes it, under any name. */
  readonly isTakenOnce: boolean;
}

export function emitAddition(tape: GradientTape, a: MergedInput, b: MergedInput, y: Value): void {
  const { builder } = tape;
  const elements = tape.batch * elementCount(a.shape);
  builder.launch('add', [a.value.buffer, b.value.buffer, y.buffer, 0], elements, ELEMENT_GRAIN);
  tape.push(() => {
    const dy = tape.gradientOf(y);
    for (const { value: x, isTakenOnce } of [a, b]) {
      if (x.needsGradient && x.gradient === undefined && isTakenOnce) {
        // Nobody else will write to it: the summand's gradient is the sum's, not a copy of it.
        x.gradient = dy;
        continue;
      }
      tape.emitGradient(x, (dx, flags) => {
        if (flags === FLAG_ACCUMULATE) builder.launch('add', [dx, dy, dx, 0], elements, ELEMENT_GRAIN);
        else builder.launch('copy', [dy, dx], elements, ELEMENT_GRAIN);
      });
    }
  });
}

/** y = a · b for b of a's shape, or of one factor per channel. */
export function emitMultiplication(tape: GradientTape, a: MergedInput, b: MergedInput, y: Value): void {
  const { builder } = tape;
  const elements = tape.batch * elementCount(a.shape);
  const [x, factors] = [a.value, b.value];
  if (b.shape.length === a.shape.length) {
    builder.launch('multiply', [x.buffer, factors.buffer, y.buffer], elements, ELEMENT_GRAIN);
    tape.push(() => {
      const dy = tape.gradientOf(y);
      for (const [to, other] of [
        [x, factors],
        [factors, x],
      ] as const) {
        tape.emitGradient(to, (gradient, flags) => {
          const kernel = flags === FLAG_ACCUMULATE ? 'multiplyAccumulate' : 'multiply';
          builder.launch(kernel, [dy, other.buffer, gradient], elements, ELEMENT_GRAIN);
        });
      }
    });
    return;
  }
  const channels = a.shape.at(-1) ?? 1;
  const pixels = elementCount(a.shape) / channels;
  const rows = tape.batch * pixels;
  builder.launch('multiplyChannels', [x.buffer, factors.buffer, y.buffer, pixels, channels], rows, ROW_GRAIN);
  tape.push(() => {
    const dy = tape.gradientOf(y);
    tape.emitGradientApart(x, (dx) => {
      builder.launch('multiplyChannels', [dy, factors.buffer, dx, pixels, channels], rows, ROW_GRAIN);
    });
    tape.emitGradientApart(factors, (gradient) => {
      const operands = [x.buffer, dy, gradient, pixels, channels] as const;
      builder.launch('multiplyChannelsBackward', [...operands], tape.batch);
    });
  });
}

/** @param axis of the shapes, which leave the batch out */
export function emitConcatenation(
  tape: GradientTape,
  inputs: readonly MergedInput[],
  axis: number,
  y: Value,
): void {
  const { builder, batch } = tape;
  const shapes = inputs.map(({ shape }) => shape);
  const parts = concatenatedParts(batch, shapes, axis).map((part, index) => ({
    ...part,
    x: inputs[index]?.value,
  }));
  for (const { x, start, block, stride, count } of parts) {
    if (x === undefined) continue;
    builder.launch('copyBlocks', [x.buffer, 0, block, y.buffer, start, stride, block], count, ROW_GRAIN);
  }
  tape.push(() => {
    const dy = tape.gradientOf(y);
    for (const { x, start, block, stride, count } of parts) {
      if (x === undefined) continue;
      tape.emitGradientApart(x, (dx) => {
        builder.launch('copyBlocks', [dy, start, stride, dx, 0, block, block], count, ROW_GRAIN);
      });
    }
  });
}
