/** Drawings of faces as SVG. Text is outlines, so that it looks the same on every machine. */
import type { Box, Face } from '@mien/core';
import type { OutlineFont } from '../charts/outline-font.js';
import { layOutFaces, type Paint, type Shape } from './lay-out-faces.js';

const UNDER_DASHES = '#10151b';

export interface Drawing {
  /** An SVG document of the size of `region`. */
  readonly svg: string;
  /** Where it belongs: whole pixels, within the picture. */
  readonly region: Box;
}

/** Draws faces for a picture of the given size, one small document for each: see {@link layOutFaces}. */
export function drawFaces(
  faces: readonly Face[],
  picture: { readonly width: number; readonly height: number },
  font: OutlineFont,
): Drawing[] {
  const layouts = layOutFaces(faces, picture, font.measure);
  return layouts.map(({ shapes, region }) => {
    const { x, y, width, height } = region;
    const content = shapes.map((shape) => toElement(shape, font)).join('');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${content}</svg>`;
    return { svg, region };
  });
}

function toElement(shape: Shape, font: OutlineFont): string {
  if (shape.kind === 'text') {
    const { text, x, y, size, fill } = shape;
    return `<path d="${font.toPath(text, x, y, size)}"${toFill(fill)}/>`;
  }
  const { box, radius, fill, stroke } = shape;
  const corners = radius === undefined ? '' : ` rx="${round(radius)}"`;
  const dashes = stroke?.dashed === true ? ` stroke-dasharray="${3 * stroke.width} ${2 * stroke.width}"` : '';
  const line =
    stroke === undefined ? '' : ` stroke="${stroke.colour}" stroke-width="${stroke.width}"${dashes}`;
  const outline = `<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}"${corners}`;
  // Dashes alone are hard to see on a background of their colour.
  const under =
    stroke?.dashed === true
      ? `${outline} fill="none" stroke="${UNDER_DASHES}" stroke-opacity="0.6" stroke-width="${stroke.width}"/>`
      : '';
  return `${under}${outline}${toFill(fill)}${line}/>`;
}

function toFill(fill: Paint | undefined): string {
  if (fill === undefined) return ' fill="none"';
  const opacity = fill.opacity === undefined ? '' : ` fill-opacity="${fill.opacity}"`;
  return ` fill="${fill.colour}"${opacity}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
