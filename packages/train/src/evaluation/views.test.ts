import { describe, expect, it } from 'vitest';
import { transformsOf, VIEWS } from './views.js';

/** Greys that say their column and row. */
const picture = {
  data: Uint8Array.from({ length: 16 * 8 }, (_, i) => (i % 16) * 10 + Math.floor(i / 16)),
  width: 16,
  height: 8,
};

describe('transformsOf', () => {
  it('is the picture, it and its mirror image, or ten crops', () => {
    expect(VIEWS.map((view) => transformsOf(view).length)).toEqual([1, 2, 10]);
    const [same] = transformsOf('one');
    expect(same!(picture)).toBe(picture);
  });

  it('mirrors left and right', () => {
    const [, mirror] = transformsOf('flip');
    const mirrored = mirror!(picture);
    expect([...mirrored.data.subarray(0, 3)]).toEqual([150, 140, 130]);
    expect(mirror!(mirrored)).toEqual(picture);
  });

  it('crops seven eighths of the side at the corners and in the middle, each mirrored too', () => {
    const crops = transformsOf('ten-crop').map((transform) => transform(picture));
    for (const { width, height, data } of crops) expect([width, height, data.length]).toEqual([14, 7, 98]);
    const firsts = crops.map(({ data }) => data[0]);
    expect(firsts).toEqual([0, 130, 20, 150, 1, 131, 21, 151, 10, 140]);
  });
});
