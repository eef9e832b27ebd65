/** Faces as drawings: each one's box, and beside it a panel with the probability of every label as a bar. */
import type { Box, Face } from '@mien/core';
import type { OutlineFont } from '../charts/outline-font.js';

export interface Drawing {
  /** An SVG document of the size of `region`. */
  readonly svg: string;
  /** Where it belongs: whole pixels, within the picture. */
  readonly region: Box;
}

const RESULT_COLOUR = '#34e0a1';
const TEXT_COLOUR = '#ffffff';
const BAR_COLOUR = '#9aa6b2';
const TRACK = 'fill="#ffffff" fill-opacity="0.16"';
const PANEL = 'fill="#10151b" fill-opacity="0.78"';

/** Proportions of a panel in heights of a row. */
const TEXT_SIZE = 0.66;
const BASELINE = 0.73;
const BAR_HEIGHT = 0.5;
const BAR_LENGTH = 5;
const GAP = 0.5;
/** A row shows its text down to about 7 pixels, seen at full size; in a large picture a hundredth of its height. */
const MIN_ROW_HEIGHT = 11;
const MIN_ROW_FRACTION = 1 / 100;
const WIDEST_PERCENT = '100.0 %';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws faces for a picture of the given size; several are numbered, in their order, followed ones by their ids. */
export function drawFaces(faces: readonly Face[], picture: Size, font: OutlineFont): Drawing[] {
  // What was steadied over time is what can be read while it moves.
  const shown = faces.map((face) => ({ ...face, ...face.smoothed }));
  const boxes = shown.map(({ box }) => box);
  const panels: Box[] = [];
  return shown.map((face, index) => {
    // The panel is as high as the box where the picture allows it, so that it is read as belonging to it.
    const rows = Object.keys(face.probabilities);
    const largestRow = picture.height / (faces.length > 1 ? 36 : 20);
    const rowHeight = Math.max(
      MIN_ROW_HEIGHT,
      picture.height * MIN_ROW_FRACTION,
      Math.min(face.box.height / rows.length, largestRow),
    );
    const size = {
      width:
        Math.max(...rows.map((label) => font.measure(label, rowHeight * TEXT_SIZE))) +
        font.measure(WIDEST_PERCENT, rowHeight * TEXT_SIZE) +
        rowHeight * (BAR_LENGTH + 4 * GAP),
      height: rowHeight * (rows.length + GAP),
    };
    const panel = placePanel(face.box, size, picture, [...boxes, ...panels]);
    panels.push(panel);
    return drawFace(
      face,
      face.id ?? (faces.length > 1 ? index + 1 : undefined),
      panel,
      rowHeight,
      picture,
      font,
    );
  });
}

function drawFace(
  face: Face,
  number: number | undefined,
  panel: Box,
  rowHeight: number,
  picture: Size,
  font: OutlineFont,
): Drawing {
  const { box } = face;
  const rows = Object.entries(face.probabilities);
  const textSize = rowHeight * TEXT_SIZE;
  const gap = rowHeight * GAP;
  const barLength = rowHeight * BAR_LENGTH;
  const percentWidth = font.measure(WIDEST_PERCENT, textSize);

  const stroke = Math.max(2, Math.round(Math.min(picture.width, picture.height) / 200));
  const shapes = [
    rect(box, `fill="none" stroke="${RESULT_COLOUR}" stroke-width="${stroke}"`),
    rect(panel, `rx="${round(gap / 2)}" ${PANEL}`),
  ];
  rows.forEach(([label, probability], index) => {
    const isResult = label === face.expression;
    const colour = isResult ? RESULT_COLOUR : TEXT_COLOUR;
    const top = panel.y + gap / 2 + index * rowHeight;
    const baseline = top + rowHeight * BASELINE;
    const bar = {
      x: panel.x + panel.width - percentWidth - barLength - 2 * gap,
      y: top + (rowHeight * (1 - BAR_HEIGHT)) / 2,
      width: barLength,
      height: rowHeight * BAR_HEIGHT,
    };
    const percent = `${(probability * 100).toFixed(1)} %`;
    const percentX = panel.x + panel.width - gap - font.measure(percent, textSize);
    shapes.push(
      path(font.toPath(label, panel.x + gap, baseline, textSize), colour),
      rect(bar, TRACK),
      rect({ ...bar, width: barLength * probability }, `fill="${isResult ? RESULT_COLOUR : BAR_COLOUR}"`),
      path(font.toPath(percent, percentX, baseline, textSize), colour),
    );
  });
  if (number !== undefined) {
    const text = String(number);
    const tag = { x: box.x, y: box.y, width: font.measure(text, textSize) + gap, height: rowHeight };
    shapes.push(
      rect(tag, `fill="${RESULT_COLOUR}"`),
      path(font.toPath(text, box.x + gap / 2, box.y + rowHeight * BASELINE, textSize), '#10151b'),
    );
  }

  const region = toRegion([box, panel], stroke, picture);
  const { x, y, width, height } = region;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${shapes.join('')}</svg>`;
  return { svg, region };
}

/**
 * The first of these places that hides nothing, or the one that hides least: right of the box, left of it, below or
 * above, along its side as far as the picture allows; last, over the box itself.
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
  let leastHidden = Infinity;
  for (const [x, y] of places) {
    const place = {
      x: inside(x, size.width, picture.width),
      y: inside(y, size.height, picture.height),
      ...size,
    };
    // Pushed back into the picture it may cover the box that it belongs to, which is among the taken ones.
    const hidden = taken.reduce((area, other) => area + overlap(place, other), 0);
    if (hidden < leastHidden) {
      best = place;
      leastHidden = hidden;
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

function rect({ x, y, width, height }: Box, attributes: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${attributes}/>`;
}

function path(d: string, colour: string): string {
  return `<path d="${d}" fill="${colour}"/>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
