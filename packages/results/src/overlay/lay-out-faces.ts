/**
 * Where the drawing of each face goes: a box around it, and beside it a panel with the probability of every label as a
 * bar. The result is data; painters turn it into SVG (draw-faces.ts), or draw on a canvas (@mien/web).
 */
import type { Box, Face } from '@mien/core';
import { DARK } from '../charts/chart-style.js';
import { placeAllLabels, placeLabel, type Side, type Size } from './place-label.js';

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
      /** `dashed` if the reading is unsure. */
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

const TEXT: Paint = { colour: '#ffffff' };
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

/** A label of one line: its height and text, at a comfortable size and at the smallest readable one. */
const LINE_TEXT_SIZE = 0.78;
const LINE_HEIGHTS = [18, 14, 11] as const;
const MIN_LINE_FRACTIONS = [1 / 45, 1 / 60, 1 / 90] as const;
/** A panel is about as high as its box. */
const SIDES_OF_PANEL: readonly Side[] = ['beside', 'below', 'above', 'corner'];
const ANY_SIDE: readonly Side[] = ['above', 'below', 'beside', 'corner'];
/** All lines lie at the same side if there is room: in a crowd one sees whose they are. */
const SIDES_OF_LINES: readonly (readonly Side[])[] = [['above'], ['below'], ANY_SIDE];
const UNSURE_MARK = '?';
const UNSURE_WORD = 'unsure';

/**
 * Lays out the drawings of all faces of a picture, in their order. Followed faces show their smoothed values and their
 * ids; otherwise, several faces are numbered. Box, bars and texts have the colours of their expressions, as in timelines.
 * The boxes of unsure readings are dashed.
 *
 * All faces get the same kind of label, the richest for which there is room beside every face: a panel with a bar for each
 * label, a line with number, expression and probability, or a line without the probability. Where even that has no room, a
 * face has a box only.
 */
export function layOutFaces(faces: readonly Face[], picture: Size, measure: MeasureText): FaceLayout[] {
  const shown = faces.map((face) => ({ ...face, ...face.smoothed }));
  const boxes = shown.map(({ box }) => box);
  const numbers = shown.map(({ id }, index) => id ?? (faces.length > 1 ? index + 1 : undefined));
  const rowHeights = shown.map((face) => toRowHeight(face, picture, faces.length));
  const sizes = shown.map((face, index) =>
    toPanelSize(face, numbers[index], rowHeights[index] ?? MIN_ROW_HEIGHT, measure),
  );
  const layOutPanels = (places: readonly Box[]) =>
    shown.map((face, index) =>
      layOutFace(
        face,
        numbers[index],
        places[index] ?? face.box,
        rowHeights[index] ?? MIN_ROW_HEIGHT,
        picture,
        measure,
      ),
    );
  const panels = placeAllLabels(boxes, sizes, picture, panelSpace(sizes), SIDES_OF_PANEL);
  if (panels !== undefined) return layOutPanels(panels);
  for (const withPercent of [true, false]) {
    const texts = shown.map((face, index) => toLine(face, numbers[index], withPercent));
    for (const sides of SIDES_OF_LINES) {
      for (const [index, least] of LINE_HEIGHTS.entries()) {
        const height = Math.max(least, picture.height * (MIN_LINE_FRACTIONS[index] ?? 0));
        const lines = texts.map((text) => ({
          width: measure(text, height * LINE_TEXT_SIZE) + height * GAP,
          height,
        }));
        const places = placeAllLabels(boxes, lines, picture, 1, sides);
        if (places !== undefined)
          return shown.map((face, i) => layOutLine(face, texts[i] ?? '', places[i], picture));
      }
    }
  }
  const [only] = shown;
  if (shown.length === 1 && only !== undefined) {
    // A face that fills its picture.
    const [size = picture] = sizes;
    return layOutPanels([placeLabel(only.box, size, picture, boxes, panelSpace(sizes), SIDES_OF_PANEL).box]);
  }
  return layOutCrowd(shown, numbers, picture, measure);
}

/** Each face gets a line if there is room for it, and otherwise the colour of its expression. */
function layOutCrowd(
  faces: readonly Face[],
  numbers: readonly (number | undefined)[],
  picture: Size,
  measure: MeasureText,
): FaceLayout[] {
  const height = Math.max(LINE_HEIGHTS[2], picture.height * MIN_LINE_FRACTIONS[2]);
  const taken = faces.map(({ box }) => box);
  return faces.map((face, index) => {
    const text = toLine(face, numbers[index], false);
    const size = { width: measure(text, height * LINE_TEXT_SIZE) + height * GAP, height };
    const { box, covered } = placeLabel(face.box, size, picture, taken, 1, ANY_SIDE);
    const isFree = covered === 0 && size.width <= picture.width && size.height <= picture.height;
    if (isFree) taken.push(box);
    return layOutLine(face, text, isFree ? box : undefined, picture);
  });
}

function toLine(
  { expression, probabilities, unsure }: Face,
  number: number | undefined,
  withPercent: boolean,
): string {
  const percent = `${((probabilities[expression] ?? 0) * 100).toFixed(0)} %`;
  return [
    ...(number === undefined ? [] : [String(number)]),
    unsure ? `${expression}${UNSURE_MARK}` : expression,
    ...(withPercent ? [percent] : []),
  ].join(' ');
}

/** A box in the colour of its expression, and a label of one line unless there is no room for it. */
function layOutLine(face: Face, text: string, place: Box | undefined, picture: Size): FaceLayout {
  const { box, expression, unsure } = face;
  const { colour } = paintOf(expression, face);
  const width = toStroke(picture);
  const shapes: Shape[] = [{ kind: 'rectangle', box, stroke: { colour, width, dashed: unsure } }];
  if (place === undefined) return { shapes, region: toRegion([box], width, picture) };
  const size = place.height * LINE_TEXT_SIZE;
  const [x, y] = [place.x + (place.height * GAP) / 2, place.y + place.height * BASELINE];
  shapes.push(
    { kind: 'rectangle', box: place, radius: place.height / 5, fill: PANEL },
    { kind: 'text', text, x, y, size, fill: { colour } },
  );
  return { shapes, region: toRegion([box, place], width, picture) };
}

/** The colour of a label, by its place among the outputs as in timelines; panels are dark. */
function paintOf(label: string, { probabilities }: Face): Paint {
  const place = Object.keys(probabilities).indexOf(label);
  return { colour: DARK.series[place % DARK.series.length] ?? TEXT.colour };
}

function toRowHeight(face: Face, picture: Size, count: number): number {
  // The panel is as high as the box if the picture allows it, so that one sees that they belong together.
  const largestRow = picture.height / (count > 1 ? 36 : 20);
  const rows = Object.keys(face.probabilities).length;
  return Math.max(
    MIN_ROW_HEIGHT,
    picture.height * MIN_ROW_FRACTION,
    Math.min(face.box.height / rows, largestRow),
  );
}

function toPanelSize(face: Face, number: number | undefined, rowHeight: number, measure: MeasureText): Size {
  const rows = Object.keys(face.probabilities);
  const header = hasHeader(face, number) ? 1 : 0;
  return {
    width:
      Math.max(...rows.map((label) => measure(label, rowHeight * TEXT_SIZE))) +
      measure(WIDEST_PERCENT, rowHeight * TEXT_SIZE) +
      rowHeight * (BAR_LENGTH + 4 * GAP),
    height: rowHeight * (rows.length + header + GAP),
  };
}

/** The first row of a panel holds the number, and says that the reading is unsure. */
function hasHeader({ unsure }: Face, number: number | undefined): boolean {
  return unsure || number !== undefined;
}

function panelSpace(sizes: readonly Size[]): number {
  return Math.max(0, ...sizes.map(({ height }) => height)) / 20;
}

function toStroke({ width, height }: Size): number {
  return Math.max(2, Math.round(Math.min(width, height) / 200));
}

function layOutFace(
  face: Face,
  number: number | undefined,
  panel: Box,
  rowHeight: number,
  picture: Size,
  measure: MeasureText,
): FaceLayout {
  const { box, expression } = face;
  const result = paintOf(expression, face);
  const rows = Object.entries(face.probabilities);
  const textSize = rowHeight * TEXT_SIZE;
  const gap = rowHeight * GAP;
  const barLength = rowHeight * BAR_LENGTH;
  const percentWidth = measure(WIDEST_PERCENT, textSize);

  const stroke = toStroke(picture);
  const header = hasHeader(face, number) ? rowHeight : 0;
  const shapes: Shape[] = [
    { kind: 'rectangle', box, stroke: { ...result, width: stroke, dashed: face.unsure } },
    { kind: 'rectangle', box: panel, radius: gap / 2, fill: PANEL },
  ];
  rows.forEach(([label, probability], index) => {
    const fill = label === expression ? result : TEXT;
    const top = panel.y + gap / 2 + header + index * rowHeight;
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
      { kind: 'rectangle', box: { ...bar, width: barLength * probability }, fill: paintOf(label, face) },
      { kind: 'text', text: percent, x: percentX, y, size: textSize, fill },
    );
  });
  const headerY = panel.y + gap / 2 + rowHeight * BASELINE;
  const numberWidth = number === undefined ? 0 : measure(String(number), textSize) + gap;
  if (face.unsure) {
    const x = panel.x + gap + (number === undefined ? 0 : numberWidth + gap);
    shapes.push({ kind: 'text', text: UNSURE_WORD, x, y: headerY, size: textSize, fill: TEXT });
  }
  if (number !== undefined) {
    const tag = { x: panel.x + gap, y: panel.y + gap / 2, width: numberWidth, height: rowHeight };
    shapes.push(
      { kind: 'rectangle', box: tag, fill: result },
      { kind: 'text', text: String(number), x: tag.x + gap / 2, y: headerY, size: textSize, fill: NUMBER },
    );
  }
  return { shapes, region: toRegion([box, panel], stroke, picture) };
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
