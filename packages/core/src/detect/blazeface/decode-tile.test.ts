import { describe, expect, it } from 'vitest';
import { createAnchors } from './anchors.js';
import { decodeTile } from './decode-tile.js';

const INPUT = { width: 128, height: 128 };

describe('createAnchors', () => {
  it('counts those of the short-range model, cell by cell, grid by grid', () => {
    const anchors = createAnchors(INPUT, [
      { stride: 8, perCell: 2 },
      { stride: 16, perCell: 6 },
    ]);
    expect(anchors).toHaveLength(2 * 896);
    expect([...anchors.subarray(0, 6)]).toEqual([1 / 32, 1 / 32, 1 / 32, 1 / 32, 3 / 32, 1 / 32]);
    expect([...anchors.subarray(2 * 512, 2 * 512 + 2)]).toEqual([1 / 16, 1 / 16]);
    expect([...anchors.subarray(-2)]).toEqual([15 / 16, 15 / 16]);
  });
});

describe('decodeTile', () => {
  const settings = {
    ...INPUT,
    anchors: Float32Array.of(0.25, 0.5, 0.75, 0.5),
    points: 1,
    clipping: 100,
    threshold: 0.5,
  };
  const look = { x: 100, y: -20, width: 256, height: 256 };

  it('puts boxes and points, told in pixels of the input from the anchor on, into the frame', () => {
    const boxes = Float32Array.of(0, 0, 9, 9, 0, 0, 4, -8, 32, 16, 2, 6);
    const found = decodeTile({ boxes, scores: Float32Array.of(-1, 2) }, look, settings);
    // The anchor lies at 100 + 0.75 · 256, −20 + 0.5 · 256; a pixel of the input is two of the frame.
    const score = 1 / (1 + Math.exp(-2));
    expect(found).toEqual([
      { box: { x: 292 + 8 - 32, y: 108 - 16 - 16, width: 64, height: 32 }, score, points: [296, 120] },
    ]);
  });

  it('takes what is at the threshold, and nothing below', () => {
    const boxes = new Float32Array(12).fill(8);
    const scores = Float32Array.of(0, -0.001);
    expect(decodeTile({ boxes, scores }, look, settings)).toMatchObject([{ score: 0.5 }]);
  });

  it('clips scores that no exponential holds', () => {
    const boxes = new Float32Array(12).fill(8);
    const scores = Float32Array.of(1e30, Infinity);
    const found = decodeTile({ boxes, scores }, look, settings);
    expect(found.map(({ score }) => score)).toEqual([1, 1]);
  });

  it('leaves out what is no number or has no size', () => {
    const scores = Float32Array.of(NaN, 5);
    expect(decodeTile({ boxes: new Float32Array(12), scores }, look, settings)).toEqual([]);
    expect(decodeTile({ boxes: new Float32Array(12).fill(NaN), scores }, look, settings)).toEqual([]);
  });
});
