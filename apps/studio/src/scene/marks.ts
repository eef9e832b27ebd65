/**
 * The marks of faces as they are drawn: a box in the colour of the expression, and a label beside it. The scene shows them
 * as SVG, pictures and videos that are saved have them painted; what stands where is worked out here for both.
 */
import type { Box } from '@mien/core';
import { placeLabels } from './place-labels.js';

export interface Mark {
  /** As {@link keyOf} calls the face. */
  readonly key: number;
  /** In pixels of the picture. */
  readonly box: Box;
  readonly text: string;
  /** In its place where that would cover a face or another label. */
  readonly shortText: string;
  /** CSS colour. */
  readonly colour: string;
  readonly isUnsure: boolean;
  readonly isSelected: boolean;
  /** From what the leading model reads. */
  readonly differs: boolean;
}

/** A rounded rectangle of a mark, in pixels of the picture. */
export interface MarkShape extends Box {
  readonly part: 'halo' | 'box' | 'label' | 'swatch';
  readonly radius: number;
  readonly strokeWidth?: number;
  readonly dash?: readonly [number, number];
}

export interface LaidOutMark {
  readonly mark: Mark;
  /** In the order in which they are drawn. */
  readonly shapes: readonly MarkShape[];
  /** What is written, and where it begins, on its base line. */
  readonly text: { readonly written: string; readonly x: number; readonly y: number; readonly size: number };
}

/** In units: pixels of the screen, or what takes their place in a picture. */
export const TEXT_SIZE = 14;
export const TEXT_WEIGHT = 600;
const LABEL_HEIGHT = 24;
const PADDING = 8;
const GAP = 4;
const STROKE = 2;
const SWATCH = 5;

/**
 * @param picture its size
 * @param unit pixels of the picture in a unit
 * @param measure width of a text of {@link TEXT_SIZE}, in units
 */
export function layOutMarks(
  marks: readonly Mark[],
  picture: { readonly width: number; readonly height: number },
  unit: number,
  measure: (text: string) => number,
): LaidOutMark[] {
  const texts = marks.map(({ text, shortText }) => [text, shortText]);
  const sizes = texts.map((some) =>
    some.map((text) => ({
      width: Math.ceil(measure(text) + 2 * PADDING + 2) * unit,
      height: LABEL_HEIGHT * unit,
    })),
  );
  const places = placeLabels(
    marks.map(({ box }) => box),
    sizes,
    picture,
    GAP * unit,
    marks.findIndex(({ isSelected }) => isSelected),
  );
  return marks.map((mark, index) => {
    const { x, y, choice } = places[index]!;
    const label = { x, y, ...sizes[index]![choice]! };
    const strokeWidth = STROKE * unit * (mark.isSelected ? 2 : 1);
    return {
      mark,
      shapes: [
        { part: 'halo', ...mark.box, radius: 4 * unit, strokeWidth: strokeWidth + 2 * unit },
        {
          part: 'box',
          ...mark.box,
          radius: 4 * unit,
          strokeWidth,
          ...(mark.isUnsure && { dash: [6 * unit, 4 * unit] as const }),
        },
        { part: 'label', ...label, radius: 5 * unit },
        { part: 'swatch', ...label, width: SWATCH * unit, radius: (SWATCH / 2) * unit },
      ],
      text: {
        written: texts[index]![choice]!,
        x: label.x + (PADDING + 2) * unit,
        y: label.y + LABEL_HEIGHT * 0.7 * unit,
        size: TEXT_SIZE * unit,
      },
    };
  });
}
