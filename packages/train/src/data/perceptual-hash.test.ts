import { describe, expect, it } from 'vitest';
import { HASH_WORDS, hashDistance, hashPicture } from './perceptual-hash.js';

const SIDE = 45;
type Paint = (x: number, y: number) => number;
function distance(a: Paint, b: Paint, sides = [SIDE, SIDE]): number {
  const hashes = new Uint16Array(2 * HASH_WORDS);
  [a, b].forEach((paint, place) => {
    const side = sides[place] ?? SIDE;
    const pixels = Uint8Array.from({ length: side * side }, (_, i) => paint((i % side) / side, Math.floor(i / side) / side)); // prettier-ignore
    hashPicture(pixels, side, side, hashes.subarray(place * HASH_WORDS, (place + 1) * HASH_WORDS));
  });
  return hashDistance(hashes, 0, 1);
}
const scene: Paint = (x, y) => 120 + 50 * Math.sin(9 * x + 2 * y) + 50 * Math.cos(7 * y - 3 * x * x);

describe('the hash of a picture', () => {
  it('does not depend on brightness and contrast, and little on size and noise', () => {
    expect(distance(scene, (x, y) => scene(x, y) * 0.8 + 30)).toBeLessThanOrEqual(4);
    expect(distance(scene, scene, [SIDE, 100])).toBeLessThanOrEqual(4);
    expect(distance(scene, (x, y) => scene(x, y) + ((x * 977 + y * 331) % 1) * 12)).toBeLessThanOrEqual(6);
  });

  it('is far from another picture, and differs in all horizontal bits from its mirror image', () => {
    expect(distance(scene, (x, y) => scene(y, 1 - x))).toBeGreaterThan(40);
    expect(
      distance(
        (x) => 200 * x,
        (x) => 200 - 200 * x,
      ),
    ).toBe(64);
    expect(
      distance(
        (_, y) => 200 * y,
        (_, y) => 200 - 200 * y,
      ),
    ).toBe(64);
    expect(
      distance(
        () => 7,
        () => 200,
      ),
    ).toBe(0);
  });

  it('sets a bit for each cell that is brighter than the previous one', () => {
    // Nine columns of 5 pixels; the third is bright: brighter than the second, and the fourth darker than it.
    const hash = new Uint16Array(HASH_WORDS).fill(0xffff);
    hashPicture(Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (Math.floor((i % SIDE) / 5) === 2 ? 255 : 0)), SIDE, SIDE, hash); // prettier-ignore
    expect([...hash]).toEqual([0x0202, 0x0202, 0x0202, 0x0202, 0, 0, 0, 0]);
  });

  it('counts differing bits', () => {
    const hashes = new Uint16Array(2 * HASH_WORDS);
    hashes.set([0xffff, 0x8001, 0x0f0f, 0, 0, 0, 0, 1]);
    hashes[HASH_WORDS + 1] = 0x0001;
    expect(hashDistance(hashes, 0, 1)).toBe(16 + 1 + 8 + 1);
  });
});
