/**
 * Drawings of faces as data: plain shapes, in the order in which they are painted. {@link layOutFaces} decides what goes
 * where; a painter for SVG, a canvas or raw pixels only carries it out, so that faces look the same everywhere.
 */
import type { Box } from '@mien/core';

/** What is drawn for one face. */
export interface FaceOverlay {
  /** Contains all shapes: whole pixels, within the picture. */
  readonly region: Box;
  readonly shapes: readonly OverlayShape[];
}

export type OverlayShape = OverlayRect | OverlayText;

export interface OverlayRect {
  readonly kind: 'rect';
  /** In pixels of the picture, as is everything else. */
  readonly box: Box;
  /** Of rounded corners. */
  readonly radius?: number;
  readonly fill?: OverlayFill;
  /** Centred on the box's edge. */
  readonly stroke?: { readonly colour: string; readonly width: number };
}

export interface OverlayFill {
  /** `#rrggbb`. */
  readonly colour: string;
  /** 0 to 1; default 1. */
  readonly opacity?: number;
}

/** A line of text in the bold font that was measured. */
export interface OverlayText {
  readonly kind: 'text';
  readonly text: string;
  /** Where the baseline starts. */
  readonly x: number;
  readonly y: number;
  /** Pixels per em. */
  readonly size: number;
  /** `#rrggbb`. */
  readonly colour: string;
}

/** Width of a line of text in pixels, at `size` pixels per em, in the font that it will be painted in. */
export type MeasureText = (text: string, size: number) => number;
