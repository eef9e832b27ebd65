import type { Shape } from '../graph.js';
import { elementCount } from '../tensor.js';

/** Position of one input of a concatenation in the output, in elements: `count` blocks, `stride` apart. */
export interface ConcatenatedPart {
  readonly start: number;
  readonly block: number;
  readonly stride: number;
  readonly count: number;
}

/** Positions of all inputs of a concatenation along `axis` (not counting the batch), over a whole batch. */
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
