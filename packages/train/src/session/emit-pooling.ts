/** Pooling, forward and backward. */
import { toWindowOperands } from '@mien/core/compiler';
import type { AveragePooling2dLayer, MaxPooling2dLayer, Shape } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

/** Keeps which pixel of each window was the largest: it alone gets the window's gradient. */
export function emitMaxPooling(
  tape: GradientTape,
  layer: MaxPooling2dLayer,
  inputShape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder, batch } = tape;
  const [height = 1, , channels = 1] = inputShape;
  const { operands, outputHeight, outputWidth } = toWindowOperands(inputShape, {
    size: layer.poolSize,
    ...layer,
  });
  const rows = batch * outputHeight;
  const argmax = builder.buffer(rows * outputWidth * channels);
  builder.launch('maxPool2d', [x.buffer, y.buffer, argmax, 0, ...operands, 0], rows);
  tape.push(() => {
    tape.emitGradient(x, (dx, flags) => {
      const gradients = [tape.gradientOf(y), argmax, dx] as const;
      builder.launch('maxPool2dBackward', [...gradients, ...operands, flags], batch * height);
    });
  });
}

export function emitAveragePooling(
  tape: GradientTape,
  layer: AveragePooling2dLayer,
  inputShape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder, batch } = tape;
  const [height = 1] = inputShape;
  const { operands, outputHeight } = toWindowOperands(inputShape, { size: layer.poolSize, ...layer });
  const includePadding = layer.countIncludesPadding ? 1 : 0;
  builder.launch('averagePool2d', [x.buffer, y.buffer, ...operands, includePadding], batch * outputHeight);
  tape.push(() => {
    tape.emitGradientApart(x, (dx) => {
      const gradients = [tape.gradientOf(y), dx] as const;
      builder.launch('averagePool2dBackward', [...gradients, ...operands, includePadding], batch * height);
    });
  });
}

export function emitGlobalAveragePooling(tape: GradientTape, inputShape: Shape, x: Value, y: Value): void {
  const { builder, batch } = tape;
  const [height = 1, width = 1, channels = 1] = inputShape;
  const pixels = height * width;
  builder.launch('globalAveragePool', [x.buffer, y.buffer, pixels, channels], batch);
  tape.push(() => {
    tape.emitGradient(x, (dx, flags) => {
      builder.launch('globalAveragePoolBackward', [tape.gradientOf(y), dx, pixels, channels, flags], batch);
    });
  });
}
