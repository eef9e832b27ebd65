import type { Box } from '../geometry/box.js';
import type { InputContract } from '../model/input-contract.js';
import type { BoxGeometry } from '../model/manifest.js';

/**
 * The part of the picture that a network gets for a face in `box`, in fractional pixels, possibly beyond the border. It
 * has the aspect ratio of the network's input, so that a face is never stretched.
 */
export function toCropRectangle(
  box: Box,
  { scale, offsetX, offsetY }: BoxGeometry,
  input: Pick<InputContract, 'width' | 'height'>,
): Box {
  const side = Math.max(box.width, box.height);
  const width = side * scale;
  const height = (width * input.height) / input.width;
  return {
    x: box.x + box.width / 2 + offsetX * side - width / 2,
    y: box.y + box.height / 2 + offsetY * side - height / 2,
    width,
    height,
  };
}
