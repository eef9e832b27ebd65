import type { Box, Face } from '@mien/core';
import type { OutlineFont } from '../charts/outline-font.js';
import { layOutFaces, type PictureSize } from './lay-out-faces.js';
import { paintSvg } from './paint-svg.js';

export interface Drawing {
  /** An SVG document of the size of `region`. */
  readonly svg: string;
  /** Where it belongs: whole pixels, within the picture. */
  readonly region: Box;
}

/** Draws faces as SVG, one small document for each, for a picture of the given size: see {@link layOutFaces}. */
export function drawFaces(faces: readonly Face[], picture: PictureSize, font: OutlineFont): Drawing[] {
  return layOutFaces(faces, picture, font.measure).map((overlay) => ({
    svg: paintSvg(overlay, font),
    region: overlay.region,
  }));
}
