import { describe, expect, it } from 'vitest';
import { splitPictures } from './picture-batches.js';
import type { PictureInput } from './picture-input.js';

/** Two pictures of 1×2 pixels and three channels. */
const PIXELS = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

const inputOf = (batch: number | string, isChannelsLast: boolean): PictureInput => ({
  name: 'input',
  dims: isChannelsLast ? [batch, 1, 2, 3] : [batch, 3, 1, 2],
  axes: isChannelsLast ? [1, 2, 3] : [2, 3, 1],
  shape: [1, 2, 3],
});

describe('splitPictures', () => {
  it('gives all pictures at once where the batch is open', () => {
    expect(splitPictures(inputOf('batch', true), PIXELS, 2)).toEqual([
      { data: PIXELS, dims: [2, 1, 2, 3], first: 0, count: 2 },
    ]);
  });

  it('gives them one by one where the file states a batch of one, with channels first where it has them so', () => {
    expect(splitPictures(inputOf(1, false), PIXELS, 2)).toEqual([
      { data: Float32Array.of(1, 4, 2, 5, 3, 6), dims: [1, 3, 1, 2], first: 0, count: 1 },
      { data: Float32Array.of(7, 10, 8, 11, 9, 12), dims: [1, 3, 1, 2], first: 1, count: 1 },
    ]);
  });

  it('gives copies, which may be handed over to a thread', () => {
    const [batch] = splitPictures(inputOf('batch', true), PIXELS, 2);
    expect(batch?.data.buffer).not.toBe(PIXELS.buffer);
  });
});
