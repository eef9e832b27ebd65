import { elementCount } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform } from '../testing/synthetic-numbers.js';
import { gatherStrided, stridesOf, transposedValues } from './constant.js';
import {
  areAlike,
  isPlain,
  logicalIndices,
  orderOf,
  reshapedView,
  transposedView,
  viewOf,
  type View,
} from './view.js';

/** What ONNX would hold if every operator were carried out, as the index in memory of each value. */
interface Carried {
  readonly dims: readonly number[];
  readonly memoryIndices: Float64Array;
}

function carriedOf(view: View): Carried {
  const logical = logicalIndices(view);
  const memoryIndices = new Float64Array(logical.length);
  logical.forEach((index, memory) => (memoryIndices[index] = memory));
  return { dims: view.dims, memoryIndices };
}

const SHAPES = [
  [1, 6, 4, 5],
  [1, 2, 3, 4, 5],
  [1, 120],
  [1, 24, 5],
  [1, 6, 20],
  [1, 1, 6, 1, 20],
  [2, 3, 4, 5],
  [1, 4, 5, 6],
  [120],
];

describe('a view', () => {
  it('stays what carrying every reshape and transpose out would give', () => {
    const uniform = createUniform(1);
    const below = (limit: number) => Math.floor(((uniform() + 1) / 2) * limit) % limit;
    let scrambled = 0;
    for (let round = 0; round < 100; round++) {
      let view = viewOf([1, 6, 4, 5], [2, 3, 1]);
      let carried = carriedOf(view);
      for (let step = 0; step < 6; step++) {
        if (below(2) === 0) {
          const dims = SHAPES[below(SHAPES.length)]!;
          view = reshapedView(view, dims);
          carried = { ...carried, dims };
        } else {
          const permutation = [...view.dims.keys()].sort(() => uniform());
          const next = transposedView(view, permutation);
          if (next === undefined) {
            expect(orderOf(view)).toBeUndefined();
            continue;
          }
          view = next;
          carried = {
            dims: permutation.map((axis) => carried.dims[axis]!),
            memoryIndices: transposedValues(carried.memoryIndices, carried.dims, permutation),
          };
        }
        expect(carriedOf(view)).toEqual(carried);
        const order = orderOf(view);
        if (order === undefined) scrambled++;
        else expectInOrder(carried, order);
        expect(isPlain(view)).toBe(carried.memoryIndices.every((memory, index) => memory === index));
      }
    }
    expect(scrambled).toBeGreaterThan(20);
  });

  it('is alike where the same values are at the same places', () => {
    const picture = viewOf([1, 6, 4, 5], [2, 3, 1]);
    const list = reshapedView(picture, [1, 120]);
    expect(areAlike(picture, viewOf([1, 6, 4, 5], [0, 2, 3, 1]))).toBe(true);
    expect(areAlike(picture, viewOf([1, 6, 4, 5], [1, 2, 3]))).toBe(false);
    expect(areAlike(list, reshapedView(picture, [1, 120]))).toBe(true);
    expect(areAlike(list, viewOf([1, 120], [1]))).toBe(false);
    expect(areAlike(picture, list)).toBe(false);
  });
});

/** Walking the long axes in `order` is walking memory. */
function expectInOrder({ dims, memoryIndices }: Carried, order: readonly number[]): void {
  const strides = stridesOf(dims);
  const sides = order.map((axis) => dims[axis]!);
  expect(elementCount(sides)).toBe(memoryIndices.length);
  const walked: number[] = [];
  gatherStrided(
    sides,
    order.map((axis) => strides[axis]!),
    (_, from) => walked.push(memoryIndices[from]!),
  );
  expect(walked).toEqual([...walked.keys()]);
}
