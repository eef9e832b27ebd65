import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import { ROW_GRAIN } from './grains.js';
import type { Shape, ZeroPadding2dLayer } from '../graph.js';

/** Emits y = x with zeros around the picture and after its channels, shared by inference and training. */
export function emitZeroPadding(
  builder: ProgramBuilder,
  batch: number,
  { padding, channelsAfter }: ZeroPadding2dLayer,
  inputShape: Shape,
  x: ArenaBuffer,
  y: ArenaBuffer,
): void {
  const [height = 1, width = 1, channels = 1] = inputShape;
  const paddedHeight = height + padding.top + padding.bottom;
  const paddedWidth = width + padding.left + padding.right;
  const pixels = batch * paddedHeight * paddedWidth;
  const isFlat = paddedHeight === height && paddedWidth === width;
  const around = isFlat ? x : channelsAfter === 0 ? y : builder.buffer(pixels * channels);
  if (!isFlat) {
    builder.launch(
      'pad2d',
      [x, around, height, width, channels, paddedHeight, paddedWidth, padding.top, padding.left],
      batch * paddedHeight,
    );
  }
  if (around === y) return;
  builder.launch('padChannels', [around, y, channels, channels + channelsAfter], pixels, ROW_GRAIN);
}
