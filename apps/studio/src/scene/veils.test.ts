import { describe, expect, it } from 'vitest';
import { toHead, union, veilsAt, type HiddenFace } from './veils.js';

const at = (atMs: number, x: number, key = 1): HiddenFace => ({
  key,
  atMs,
  box: { x, y: 0, width: 10, height: 10 },
});
const head = (x: number) => toHead({ x, y: 0, width: 10, height: 10 });

describe('the veil of a hidden face', () => {
  it('covers the whole head where the face was read', () => {
    expect(veilsAt([at(0, 0), at(200, 50)], 200)).toEqual([head(50)]);
  });

  it('covers both places of the face, and all between, from one reading to the next', () => {
    for (const timeMs of [2, 100, 198]) {
      expect(veilsAt([at(0, 0), at(200, 50)], timeMs)).toEqual([union(head(0), head(50))]);
    }
  });

  it('stays while the face is lost for as long as it keeps its id', () => {
    for (const timeMs of [300, 600, 900]) {
      expect(veilsAt([at(0, 0), at(1200, 50)], timeMs)).toEqual([union(head(0), head(50))]);
    }
  });

  it('is there some time before the face is seen first and after it is seen last, and no longer', () => {
    expect(veilsAt([at(1000, 0)], 400)).toEqual([head(0)]);
    expect(veilsAt([at(1000, 0)], 1600)).toEqual([head(0)]);
    expect(veilsAt([at(1000, 0)], 399)).toEqual([]);
    expect(veilsAt([at(1000, 0)], 1601)).toEqual([]);
  });

  it('is one for each hidden face', () => {
    expect(veilsAt([at(0, 0, 1), at(0, 50, 2)], 0)).toEqual([head(0), head(50)]);
  });
});
