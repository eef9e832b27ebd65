import { MienError } from '@mien/core';
import type { Layer, Size2d } from '@mien/core/nn';
import { findInterpolation } from '../import/resampling.js';
import type { OnnxExport } from './onnx-export.js';

/** Factors of which readers make the size that is wanted, however they round. */
export function writeResize(file: OnnxExport, layer: Extract<Layer, { kind: 'resize2d' }>, x: string): void {
  const { name } = layer;
  const { writer } = file;
  const [height = 1, width = 1] = file.shape(x);
  const scale: Size2d = [scaleFor(height, layer.size[0]), scaleFor(width, layer.size[1])];
  // Nearest: half-pixel centres that round up are the pixel that the centre lies in, as our layer takes it.
  const mapping = {
    interpolation: layer.interpolation === 'nearest' ? 'nearest' : 'linear',
    centres: 'half_pixel',
    rounding: 'round_prefer_ceil',
  };
  // A centre that falls between two pixels goes either way, by how the factor rounds.
  if (findInterpolation([height, width], layer.size, scale, mapping) !== layer.interpolation) {
    const sizes = `${height}×${width} to ${layer.size.join('×')}`;
    throw new MienError('UNSUPPORTED', `layer ${name}: ONNX has no sure way to resample from ${sizes}`);
  }
  writer.node('Resize', name, [x, '', writer.floats([1, 1, ...scale])], {
    mode: mapping.interpolation,
    coordinate_transformation_mode: mapping.centres,
    nearest_mode: mapping.rounding,
  });
}

/** A float32 factor that makes `output` of `input` pixels, since readers round the product down. */
function scaleFor(input: number, output: number): number {
  const scale = Math.fround(output / input);
  if (Math.floor(Math.fround(input * scale)) === output) return scale;
  return Math.fround(scale * (1 + 2 ** -23));
}
