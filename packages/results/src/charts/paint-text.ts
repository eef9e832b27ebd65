/**
 * A line of text in a drawing: either as text, which can be selected and uses the page's font, or as outlines, which look
 * the same on machines without fonts. `x` may be a percentage (`25%`), for drawings that stretch.
 */
import type { OutlineFont } from './outline-font.js';
import { element, textElement } from './svg.js';

export interface TextPlace {
  readonly x: number | string;
  /** Middle of the line. */
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end' | undefined;
  /** In pixels; default {@link TEXT_SIZE}. */
  readonly size?: number;
  readonly class?: string;
}

export type PaintText = (text: string, place: TextPlace) => string;

/** The font size in the style sheet. */
const TEXT_SIZE = 12;
/** From the middle of a line to its baseline, relative to the font size. */
const BASELINE = 0.36;

export const paintLiveText: PaintText = (text, { x, y, anchor, size, ...place }) =>
  textElement(text, { ...place, x, y, dy: `${BASELINE}em`, 'text-anchor': anchor, 'font-size': size });

export function createOutlinePainter(font: OutlineFont): PaintText {
  return (text, { x, y, anchor = 'start', size = TEXT_SIZE, ...place }) => {
    const width = font.measure(text, size);
    const left = anchor === 'end' ? -width : anchor === 'middle' ? -width / 2 : 0;
    const outlines = element('path', { d: font.toPath(text, left, y + BASELINE * size, size) });
    // A nested drawing: the only element whose position can be a percentage of the width.
    return element('svg', { class: `text ${place.class ?? ''}`.trim(), x, overflow: 'visible' }, outlines);
  };
}
