import { intersectionOverUnion, type Box, type Face } from '@mien/core';
import { loadOutlineFont } from '@mien/node/drawing';
import { beforeAll, describe, expect, it } from 'vitest';
import { DARK } from '../charts/chart-style.js';
import type { OutlineFont } from '../charts/outline-font.js';
import { GOOD_QUALITY } from '../testing/good-quality.js';
import { drawFaces } from './draw-faces.js';
import { layOutFaces, type FaceLayout, type Shape } from './lay-out-faces.js';

let font: OutlineFont;
beforeAll(async () => {
  font = await loadOutlineFont();
});

const ALL = { x: 0, y: 0, width: 800, height: 600 };
const makeFace = (box: Box): Face => ({
  box,
  score: 1,
  probabilities: { angry: 0.25, happy: 0.75 },
  expression: 'happy',
  quality: GOOD_QUALITY,
  unsure: false,
});

type Rectangle = Extract<Shape, { kind: 'rectangle' }>;
const rectsOf = ({ shapes }: FaceLayout): Rectangle[] => shapes.filter((shape) => shape.kind === 'rectangle');

describe('layOutFaces', () => {
  it.each<[string, Box, { width: number; height: number }]>([
    ['in the middle', { x: 300, y: 200, width: 100, height: 100 }, { width: 800, height: 600 }],
    ['at the right border', { x: 700, y: 0, width: 100, height: 100 }, { width: 800, height: 600 }],
    ['at the lower left', { x: 0, y: 540, width: 60, height: 60 }, { width: 800, height: 600 }],
    ['over the whole picture', { x: 0, y: 0, width: 800, height: 600 }, { width: 800, height: 600 }],
    ['in a picture smaller than its panel', { x: 0, y: 0, width: 24, height: 24 }, { width: 24, height: 24 }],
  ])('stays within the picture for a face %s', (_, box, picture) => {
    const [layout] = layOutFaces([makeFace(box)], picture, font.measure);
    const { x, y, width, height } = layout?.region ?? { x: NaN, y: NaN, width: NaN, height: NaN };
    expect([x, y, width, height].every(Number.isInteger)).toBe(true);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.min(width, height)).toBeGreaterThan(0);
    expect(x + width).toBeLessThanOrEqual(picture.width);
    expect(y + height).toBeLessThanOrEqual(picture.height);
  });

  it('covers no face and no panel if there is room', () => {
    const boxes = [40, 160, 280, 400].map((x) => ({ x, y: 300, width: 100, height: 100 }));
    const layouts = layOutFaces(boxes.map(makeFace), { width: 1200, height: 900 }, font.measure);
    const panels = layouts.flatMap((layout) =>
      rectsOf(layout)
        .slice(1, 2)
        .map(({ box }) => box),
    );
    const parts = [...boxes, ...panels];
    expect(parts).toHaveLength(8);
    for (const [index, part] of parts.entries()) {
      for (const other of parts.slice(index + 1)) expect(intersectionOverUnion(part, other)).toBe(0);
    }
  });

  describe('in a crowd', () => {
    const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
    const makeOne = (box: Box, index: number): Face => ({
      ...makeFace(box),
      probabilities: Object.fromEntries(LABELS.map((label, i) => [label, i === index % 7 ? 0.7 : 0.05])),
      expression: LABELS[index % 7] ?? '',
      unsure: index % 3 === 0,
    });
    const grid = (columns: number, rows: number, cell: number, side: number) =>
      Array.from({ length: columns * rows }, (_, i) => ({
        x: (i % columns) * cell + (cell - side) / 2,
        y: Math.floor(i / columns) * cell + (cell - side) / 2,
        width: side,
        height: side,
      }));
    /** Everything that is drawn beside the boxes: panels and lines. */
    const labelsOf = (layouts: readonly FaceLayout[]) =>
      layouts.flatMap((layout) =>
        rectsOf(layout)
          .slice(1, 2)
          .map(({ box }) => box),
      );

    it.each([
      ['28 faces in 630×360', grid(7, 4, 90, 48), { width: 630, height: 360 }],
      ['100 faces in 1000×1000', grid(10, 10, 100, 60), { width: 1000, height: 1000 }],
      ['faces that leave no room', grid(7, 4, 40, 40), { width: 280, height: 160 }],
      ['faces at all borders', grid(2, 2, 200, 200), { width: 400, height: 400 }],
    ])('covers no face and no label: %s', (_, boxes, picture) => {
      const layouts = layOutFaces(boxes.map(makeOne), picture, font.measure);
      const parts = [...boxes, ...labelsOf(layouts)];
      for (const [index, part] of parts.entries()) {
        expect(part.x).toBeGreaterThanOrEqual(0);
        expect(part.x + part.width).toBeLessThanOrEqual(picture.width);
        for (const other of parts.slice(index + 1)) expect(intersectionOverUnion(part, other)).toBe(0);
      }
    });

    it('shows number, expression and doubt of every face if there is room for a line', () => {
      const layouts = layOutFaces(grid(7, 4, 90, 48).map(makeOne), { width: 630, height: 360 }, font.measure);
      const texts = layouts.map(({ shapes }) =>
        shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : [])),
      );
      expect(texts[0]).toEqual(['1 angry? 70 %']);
      expect(texts[27]).toEqual(['28 neutral? 70 %']);
      expect(texts[1]).toEqual(['2 disgust 70 %']);
      const dashed = layouts.map((layout) => rectsOf(layout)[0]?.stroke?.dashed);
      expect(dashed.slice(0, 4)).toEqual([true, false, false, true]);
    });

    it('puts all labels at the same side of their boxes if there is room', () => {
      const boxes = grid(7, 4, 90, 48);
      const labels = labelsOf(layOutFaces(boxes.map(makeOne), { width: 630, height: 360 }, font.measure));
      expect(labels).toHaveLength(28);
      for (const [index, { x, y, width, height }] of labels.entries()) {
        const box = boxes[index] ?? ALL;
        expect(box.y - (y + height)).toBeCloseTo(1);
        expect(x + width / 2).toBeCloseTo(box.x + box.width / 2);
      }
    });

    it('shows the expression by its colour if there is no room', () => {
      const layouts = layOutFaces(grid(7, 4, 40, 40).map(makeOne), { width: 280, height: 160 }, font.measure);
      expect(labelsOf(layouts)).toEqual([]);
      const colours = layouts.map((layout) => rectsOf(layout)[0]?.stroke?.colour);
      expect(new Set(colours.slice(0, 7)).size).toBe(7);
      expect(colours.slice(7, 14)).toEqual(colours.slice(0, 7));
    });
  });

  it('says in a panel that a reading is unsure', () => {
    const unsure = { ...makeFace({ x: 10, y: 10, width: 100, height: 100 }), unsure: true };
    const [layout] = layOutFaces([unsure], { width: 800, height: 600 }, font.measure);
    expect(layout?.shapes.some((shape) => shape.kind === 'text' && shape.text === 'unsure')).toBe(true);
    const [drawing] = drawFaces([unsure], { width: 800, height: 600 }, font);
    expect(drawing?.svg).toContain('stroke-dasharray="9 6"');
  });

  it('has one colour for an expression, with a panel and without one', () => {
    const face = makeFace({ x: 10, y: 10, width: 100, height: 100 });
    const coloursOf = ({ shapes }: FaceLayout) =>
      shapes.map((shape) => (shape.kind === 'text' ? shape.fill : (shape.fill ?? shape.stroke))?.colour);
    const [withPanel] = layOutFaces([face], { width: 800, height: 600 }, font.measure);
    const [crowded] = layOutFaces(
      [face, makeFace({ x: 115, y: 10, width: 100, height: 100 })],
      { width: 225, height: 140 },
      font.measure,
    );
    const [angry, happy] = DARK.series;
    const colours = coloursOf(withPanel ?? { region: ALL, shapes: [] });
    expect(colours.filter((colour) => colour === angry)).toHaveLength(1);
    // Box, text, bar and percent.
    expect(colours.filter((colour) => colour === happy)).toHaveLength(4);
    expect(coloursOf(crowded ?? { region: ALL, shapes: [] })).toEqual([happy, '#10151b', happy]);
  });

  it('draws bars in proportion to the probabilities', () => {
    const faces = [makeFace({ x: 10, y: 10, width: 100, height: 100 })];
    const [layout] = layOutFaces(faces, { width: 800, height: 600 }, font.measure);
    const widths = rectsOf(layout ?? { region: ALL, shapes: [] }).map(({ box }) => box.width);
    // box, panel, then track and bar of every label
    const [, , track = 0, first = 0, , second = 0] = widths;
    expect(first / track).toBeCloseTo(0.25, 2);
    expect(second / track).toBeCloseTo(0.75, 2);
  });
});

describe('ids and numbers', () => {
  const boxes = [40, 400].map((x) => ({ x, y: 300, width: 100, height: 100 }));
  const lastTexts = (faces: readonly Face[]) =>
    layOutFaces(faces, ALL, font.measure).map(({ shapes }) => {
      const last = shapes.at(-1);
      return last?.kind === 'text' ? last.text : undefined;
    });

  it('numbers several faces of a picture, and leaves a single one without', () => {
    expect(lastTexts(boxes.map(makeFace))).toEqual(['1', '2']);
    expect(lastTexts(boxes.slice(0, 1).map(makeFace))).toEqual(['75.0 %']);
  });

  it('shows the id and the smoothed values of a followed face', () => {
    const [box = ALL, movedBox = ALL] = boxes;
    const smoothed = { box: movedBox, probabilities: { angry: 1 }, expression: 'angry', sinceMs: 0 };
    const followed = { ...makeFace(box), id: 7, smoothed };
    expect(lastTexts([followed])).toEqual(['7']);
    const [layout = { region: ALL, shapes: [] }] = layOutFaces([followed], ALL, font.measure);
    expect(rectsOf(layout)[0]?.box).toEqual(movedBox);
    expect(layout.shapes.filter((shape) => shape.kind === 'text').map(({ text }) => text)).toEqual([
      'angry',
      '100.0 %',
      '7',
    ]);
  });
});

describe('drawFaces', () => {
  it('paints the layout as an SVG document of the size of its region', () => {
    const boxFont = { measure: font.measure, toPath: (text: string) => text };
    const [drawing] = drawFaces(
      [makeFace({ x: 0, y: 0, width: 8, height: 8 })],
      { width: 8, height: 8 },
      boxFont,
    );
    expect(drawing?.svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="8" height="8" viewBox="0 0 8 8"><rect x="0" y="0" width="8" height="8" fill="none" stroke="#ffa057" stroke-width="2"\/><rect x="0" y="0" width="[\d.]+" height="27.5" rx="2.75" fill="#10151b" fill-opacity="0.78"\/><path d="angry" fill="#ffffff"\/>/,
    );
    expect(drawing?.region).toEqual({ x: 0, y: 0, width: 8, height: 8 });
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
