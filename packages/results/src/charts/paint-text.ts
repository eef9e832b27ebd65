/**
 * A line of text in a drawing: as text, which can be selected and takes the page's font, or as outlines, which look the
 * same on a machine without fonts. A place may be a part of the width (`25%`), for drawings that stretch.
 */
import type { OutlineFont } from './outline-font.js';
import { element, textElement } from './svg.js';

export interface TextPlace {
  readonly x: number | string;
  /** Of the middle of the line. */
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end' | undefined;
  /** In pixels; default {@link TEXT_SIZE}. */
  readonly size?: number;
  readonly class?: string;
}

export type PaintText = (text: string, place: TextPlace) => string;

/** What the style sheet gives text in charts. */
const TEXT_SIZE = 12;
/** From the middle of a line to its baseline, in parts of the text's size. */
const BASELINE = 0.36;

export const paintLiveText: PaintText = (text, { x, y, anchor, size, ...place }) =>
  textElement(text, { ...place, x, y, dy: `${BASELINE}em`, 'text-anchor': anchor, 'font-size': size });

export function createOutlinePainter(font: OutlineFont): PaintText {
  return (text, { x, y, anchor = 'start', size = TEXT_SIZE, ...place }) => {
    const width = font.measure(text, size);
    const left = anchor === 'end' ? -width : anchor === 'middle' ? -width / 2 : 0;
    const outlines = element('path', { d: font.toPath(text, left, y + BASELINE * size, size) });
    // A drawing within the drawing: of all elements only it can be moved by parts of the width.
    return element('svg', { class: `text ${place.class ?? ''}`.trim(), x, overflow: 'visible' }, outlines);
  };
}
