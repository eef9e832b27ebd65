import type { Shape } from '../graph.js';
import { elementCount } from '../tensor.js';

/** Where one input of a concatenation lies in its output, in elements: `count` blocks, each `stride` after the last. */
export interface ConcatenatedPart {
  readonly start: number;
  readonly block: number;
  readonly stride: number;
  readonly count: number;
}

/** The parts of tensors joined along `axis` (the batch left out), in order, over a whole batch. */
export function concatenatedParts(
  batch: number,
  shapes: readonly Shape[],
  axis: number,
): readonly ConcatenatedPart[] {
  const blocks = shapes.map((shape) => elementCount(shape.slice(axis)));
  const stride = blocks.reduce((sum, block) => sum + block, 0);
  let next = 0;
  return blocks.map((block, index) => {
    const start = next;
    next += block;
    const count = (batch * elementCount(shapes[index] ?? [])) / block;
    return { start, block, stride, count };
  });
}
