/**
 * Where the drawing of each face goes: a box around it, and beside it a panel with the probability of every label as a
 * bar. The result is data; painters turn it into SVG (draw-faces.ts), or draw on a canvas (@mien/web).
 */
import type { Box, Face } from '@mien/core';

/** A colour (`#rrggbb`) and its opacity from 0 to 1 (default 1). */
export interface Paint {
  readonly colour: string;
  readonly opacity?: number;
}

export type Shape =
  | {
      readonly kind: 'rectangle';
      readonly box: Box;
      /** Of rounded corners. */
      readonly radius?: number;
      readonly fill?: Paint;
      /** `dashed` if the reading is unsure; painters may ignore it. */
      readonly stroke?: Paint & { readonly width: number; readonly dashed?: boolean };
    }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Start of the baseline. */
      readonly x: number;
      readonly y: number;
      /** Font size: pixels per em. */
      readonly size: number;
      readonly fill: Paint;
    };

export interface FaceLayout {
  /** In the order of painting, in pixels of the picture. */
  readonly shapes: readonly Shape[];
  /** Contains all shapes: whole pixels, within the picture. */
  readonly region: Box;
}

/** Width of a line of text in pixels, at `size` pixels per em, in the font of the painter. */
export type MeasureText = (text: string, size: number) => number;

const RESULT: Paint = { colour: '#34e0a1' };
const TEXT: Paint = { colour: '#ffffff' };
const BAR: Paint = { colour: '#9aa6b2' };
const TRACK: Paint = { colour: '#ffffff', opacity: 0.16 };
const PANEL: Paint = { colour: '#10151b', opacity: 0.78 };
const NUMBER: Paint = { colour: '#10151b' };

/** Proportions of a panel, relative to the height of a row. */
const TEXT_SIZE = 0.66;
const BASELINE = 0.73;
const BAR_HEIGHT = 0.5;
const BAR_LENGTH = 5;
const GAP = 0.5;
/** Text stays readable at about 7 pixels at full size; in a large picture a row has at least 1 % of its height. */
const MIN_ROW_HEIGHT = 11;
const MIN_ROW_FRACTION = 1 / 100;
const WIDEST_PERCENT = '100.0 %';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Lays out the drawings of all faces of a picture, in their order. Followed faces show their smoothed values and their
 * ids; otherwise, several faces are numbered.
 */
export function layOutFaces(faces: readonly Face[], picture: Size, measure: MeasureText): FaceLayout[] {
  const shown = faces.map((face) => ({ ...face, ...face.smoothed }));
  const boxes = shown.map(({ box }) => box);
  const panels: Box[] = [];
  return shown.map((face, index) => {
    // The panel is as high as the box if the picture allows it, so that one sees that they belong together.
    const rows = Object.keys(face.probabilities);
    const largestRow = picture.height / (faces.length > 1 ? 36 : 20);
    const rowHeight = Math.max(
      MIN_ROW_HEIGHT,
      picture.height * MIN_ROW_FRACTION,
      Math.min(face.box.height / rows.length, largestRow),
    );
    const size = {
      width:
        Math.max(...rows.map((label) => measure(label, rowHeight * TEXT_SIZE))) +
        measure(WIDEST_PERCENT, rowHeight * TEXT_SIZE) +
        rowHeight * (BAR_LENGTH + 4 * GAP),
      height: rowHeight * (rows.length + GAP),
    };
    const panel = placePanel(face.box, size, picture, [...boxes, ...panels]);
    panels.push(panel);
    const number = face.id ?? (faces.length > 1 ? index + 1 : undefined);
    return layOutFace(face, number, panel, rowHeight, picture, measure);
  });
}

function layOutFace(
  face: Face,
  number: number | undefined,
  panel: Box,
  rowHeight: number,
  picture: Size,
  measure: MeasureText,
): FaceLayout {
  const { box } = face;
  const rows = Object.entries(face.probabilities);
  const textSize = rowHeight * TEXT_SIZE;
  const gap = rowHeight * GAP;
  const barLength = rowHeight * BAR_LENGTH;
  const percentWidth = measure(WIDEST_PERCENT, textSize);

  const stroke = Math.max(2, Math.round(Math.min(picture.width, picture.height) / 200));
  const shapes: Shape[] = [
    { kind: 'rectangle', box, stroke: { ...RESULT, width: stroke, dashed: face.unsure } },
    { kind: 'rectangle', box: panel, radius: gap / 2, fill: PANEL },
  ];
  rows.forEach(([label, probability], index) => {
    const isResult = label === face.expression;
    const fill = isResult ? RESULT : TEXT;
    const top = panel.y + gap / 2 + index * rowHeight;
    const y = top + rowHeight * BASELINE;
    const bar = {
      x: panel.x + panel.width - percentWidth - barLength - 2 * gap,
      y: top + (rowHeight * (1 - BAR_HEIGHT)) / 2,
      width: barLength,
      height: rowHeight * BAR_HEIGHT,
    };
    const percent = `${(probability * 100).toFixed(1)} %`;
    const percentX = panel.x + panel.width - gap - measure(percent, textSize);
    shapes.push(
      { kind: 'text', text: label, x: panel.x + gap, y, size: textSize, fill },
      { kind: 'rectangle', box: bar, fill: TRACK },
      {
        kind: 'rectangle',
        box: { ...bar, width: barLength * probability },
        fill: isResult ? RESULT : BAR,
      },
      { kind: 'text', text: percent, x: percentX, y, size: textSize, fill },
    );
  });
  if (number !== undefined) {
    const text = String(number);
    const tag = { x: box.x, y: box.y, width: measure(text, textSize) + gap, height: rowHeight };
    const y = box.y + rowHeight * BASELINE;
    shapes.push(
      { kind: 'rectangle', box: tag, fill: RESULT },
      { kind: 'text', text, x: box.x + gap / 2, y, size: textSize, fill: NUMBER },
    );
  }
  return { shapes, region: toRegion([box, panel], stroke, picture) };
}

/**
 * Tries places in this order: right of the box, left of it, below, above, then diagonally, each moved into the picture.
 * Takes the first that covers no other box or panel, or else the one that covers the least area.
 */
function placePanel(box: Box, size: Size, picture: Size, taken: readonly Box[]): Box {
  const space = size.height / 20;
  const right = box.x + box.width + space;
  const left = box.x - size.width - space;
  const below = box.y + box.height + space;
  const above = box.y - size.height - space;
  const alignRight = box.x + box.width - size.width;
  const alignBottom = box.y + box.height - size.height;
  const places = [
    [right, box.y],
    [left, box.y],
    [right, alignBottom],
    [left, alignBottom],
    [box.x, below],
    [box.x, above],
    [alignRight, below],
    [alignRight, above],
    [right, below],
    [left, below],
    [right, above],
    [left, above],
  ] as const;
  let best: Box | undefined;
  let leastCovered = Infinity;
  for (const [x, y] of places) {
    const place = {
      x: inside(x, size.width, picture.width),
      y: inside(y, size.height, picture.height),
      ...size,
    };
    // Moved into the picture, the panel may cover its own box, which is also in `taken`.
    const covered = taken.reduce((area, other) => area + overlap(place, other), 0);
    if (covered < leastCovered) {
      best = place;
      leastCovered = covered;
    }
  }
  return best ?? { x: 0, y: 0, ...size };
}

/** Common area in square pixels. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

function inside(start: number, length: number, limit: number): number {
  return Math.max(0, Math.min(start, limit - length));
}

function toRegion(parts: readonly Box[], margin: number, picture: Size): Box {
  const left = Math.max(0, Math.floor(Math.min(...parts.map(({ x }) => x)) - margin));
  const top = Math.max(0, Math.floor(Math.min(...parts.map(({ y }) => y)) - margin));
  const right = Math.min(
    picture.width,
    Math.ceil(Math.max(...parts.map(({ x, width }) => x + width)) + margin),
  );
  const bottom = Math.min(
    picture.height,
    Math.ceil(Math.max(...parts.map(({ y, height }) => y + height)) + margin),
  );
  return { x: left, y: top, width: right - left, height: bottom - top };
}
