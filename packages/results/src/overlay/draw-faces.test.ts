import { intersectionOverUnion, type Box, type Face } from '@mien/core';
import { loadOutlineFont } from '@mien/node/drawing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutlineFont } from '../charts/outline-font.js';
import { GOOD_QUALITY } from '../testing/good-quality.js';
import { drawFaces } from './draw-faces.js';

let font: OutlineFont;
beforeAll(async () => {
  font = await loadOutlineFont();
});

const makeFace = (box: Box): Face => ({
  box,
  score: 1,
  probabilities: { angry: 0.25, happy: 0.75 },
  expression: 'happy',
  quality: GOOD_QUALITY,
  unsure: false,
});

/** The second rectangle of a drawing is its panel. */
function panelOf(svg: string): Box {
  const found = /<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)" rx=/.exec(svg);
  const [x = NaN, y = NaN, width = NaN, height = NaN] = (found ?? []).slice(1).map(Number);
  return { x, y, width, height };
}

describe('drawFaces', () => {
  it.each<[string, Box, { width: number; height: number }]>([
    ['in the middle', { x: 300, y: 200, width: 100, height: 100 }, { width: 800, height: 600 }],
    ['at the right border', { x: 700, y: 0, width: 100, height: 100 }, { width: 800, height: 600 }],
    ['at the lower left', { x: 0, y: 540, width: 60, height: 60 }, { width: 800, height: 600 }],
    ['over the whole picture', { x: 0, y: 0, width: 800, height: 600 }, { width: 800, height: 600 }],
    ['in a picture smaller than its panel', { x: 0, y: 0, width: 24, height: 24 }, { width: 24, height: 24 }],
  ])('stays within the picture for a face %s', (_, box, picture) => {
    const [drawing] = drawFaces([makeFace(box)], picture, font);
    const { x, y, width, height } = drawing?.region ?? { x: NaN, y: NaN, width: NaN, height: NaN };
    expect([x, y, width, height].every(Number.isInteger)).toBe(true);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.min(width, height)).toBeGreaterThan(0);
    expect(x + width).toBeLessThanOrEqual(picture.width);
    expect(y + height).toBeLessThanOrEqual(picture.height);
  });

  it('hides no face and no panel where there is room', () => {
    const boxes = [40, 160, 280, 400].map((x) => ({ x, y: 300, width: 100, height: 100 }));
    const drawings = drawFaces(boxes.map(makeFace), { width: 1200, height: 900 }, font);
    const parts = [...boxes, ...drawings.map(({ svg }) => panelOf(svg))];
    expect(parts).toHaveLength(8);
    for (const [index, part] of parts.entries()) {
      for (const other of parts.slice(index + 1)) expect(intersectionOverUnion(part, other)).toBe(0);
    }
  });

  it('draws bars in proportion to the probabilities', () => {
    const [drawing] = drawFaces(
      [makeFace({ x: 10, y: 10, width: 100, height: 100 })],
      { width: 800, height: 600 },
      font,
    );
    const widths = [...(drawing?.svg ?? '').matchAll(/<rect [^>]*width="([^"]+)"[^>]*>/g)].map(([, width]) =>
      Number(width),
    );
    // box, panel, then track and bar of every label
    const [, , track = 0, first = 0, , second = 0] = widths;
    expect(first / track).toBeCloseTo(0.25, 2);
    expect(second / track).toBeCloseTo(0.75, 2);
  });
});

describe('the font', () => {
  it.each(['happy', '93.1 %', 'überrascht', 'χαρά', 'радость'])('has outlines for %s', (text) => {
    expect(font.measure(text, 20)).toBeGreaterThan(text.length * 5);
    // Every letter but the space has at least one contour.
    const contours = font.toPath(text, 0, 0, 20).match(/M/g) ?? [];
    expect(contours.length).toBeGreaterThanOrEqual(text.replaceAll(' ', '').length);
  });
});
