/** Changes of a picture's size: resampling and zeros around it, forward and backward. */
import { emitZeroPadding } from '@mien/core/compiler';
import type { Resize2dLayer, Shape, ZeroPadding2dLayer } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

const RESIZE_KERNELS = { nearest: 'resizeNearest2d', bilinear: 'resizeBilinear2d' } as const;

export function emitResize(
  tape: GradientTape,
  { interpolation, size }: Resize2dLayer,
  inputShape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder, batch } = tape;
  const [height = 1, width = 1, channels = 1] = inputShape;
  const kernel = RESIZE_KERNELS[interpolation];
  const sizes = [height, width, channels, ...size] as const;
  builder.launch(kernel, [x.buffer, y.buffer, ...sizes], batch * size[0]);
  tape.push(() => {
    tape.emitGradientApart(x, (dx) => {
      builder.launch(`${kernel}Backward`, [tape.gradientOf(y), dx, ...sizes], batch * height);
    });
  });
}

export function emitPadding(
  tape: GradientTape,
  layer: ZeroPadding2dLayer,
  inputShape: Shape,
  outputShape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder, batch } = tape;
  const [height = 1, width = 1, channels = 1] = inputShape;
  const [outputHeight = 1, outputWidth = 1, outputChannels = 1] = outputShape;
  const { top, left } = layer.padding;
  emitZeroPadding(builder, batch, layer, inputShape, x.buffer, y.buffer);
  tape.push(() => {
    tape.emitGradientApart(x, (dx) => {
      builder.launch(
        'zeroPad2dBackward',
        [
          tape.gradientOf(y), dx,
          height, width, channels, outputHeight, outputWidth, outputChannels, top, left,
        ],
        batch * height,
      ); // prettier-ignore
    });
  });
}
