import type { Box } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { placeLabels } from './place-labels.js';

const PICTURE = { width: 400, height: 300 };
const LABEL = { width: 90, height: 24 };

const overlap = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

function place(boxes: readonly Box[]): Box[] {
  return placeLabels(boxes, boxes.map(() => [LABEL]), PICTURE, 4).map(({ x, y }) => ({ x, y, ...LABEL })); // prettier-ignore
}

describe('placeLabels', () => {
  it('puts a label above its face', () => {
    expect(place([{ x: 100, y: 100, width: 80, height: 80 }])).toEqual([{ x: 100, y: 72, ...LABEL }]);
  });

  it('covers neither a face nor another label', () => {
    const boxes = [
      { x: 20, y: 60, width: 70, height: 70 },
      { x: 95, y: 60, width: 70, height: 70 },
      { x: 20, y: 170, width: 70, height: 70 },
      { x: 300, y: 60, width: 70, height: 70 },
    ];
    const labels = place(boxes);
    for (const [index, label] of labels.entries()) {
      for (const box of boxes) expect(overlap(label, box)).toBe(0);
      for (const other of labels.slice(index + 1)) expect(overlap(label, other)).toBe(0);
    }
  });

  it('stays within the picture for faces at each corner', () => {
    for (const [x, y] of [
      [0, 0],
      [350, 0],
      [0, 250],
      [350, 250],
    ] as const) {
      const [label] = place([{ x, y, width: 50, height: 50 }]);
      expect(label?.x).toBeGreaterThanOrEqual(0);
      expect(label?.y).toBeGreaterThanOrEqual(0);
      expect((label?.x ?? 0) + LABEL.width).toBeLessThanOrEqual(PICTURE.width);
      expect((label?.y ?? 0) + LABEL.height).toBeLessThanOrEqual(PICTURE.height);
    }
  });

  it('are short where long ones would cover faces, but for that of the selected face', () => {
    const boxes = Array.from({ length: 24 }, (_, index) => ({
      ...{ x: 20 + 60 * (index % 6), y: 30 + 65 * Math.floor(index / 6) },
      ...{ width: 22, height: 22 },
    }));
    const short = { width: 30, height: 20 };
    const placed = placeLabels(boxes, boxes.map(() => [{ width: 130, height: 20 }, short]), PICTURE, 2, 9); // prettier-ignore
    expect(placed[9]?.choice).toBe(0);
    const labels = placed.map(({ x, y, choice }) => ({
      ...{ x, y },
      ...(choice === 0 ? { width: 130, height: 20 } : short),
    }));
    for (const [index, label] of labels.entries()) {
      for (const box of boxes) expect(overlap(label, box)).toBe(0);
      for (const other of labels.slice(index + 1)) expect(overlap(label, other)).toBe(0);
    }
  });
});
