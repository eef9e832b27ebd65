/** Paints an overlay as an SVG document, with text as outlines of glyphs. */
import type { OutlineFont } from '../charts/outline-font.js';
import type { FaceOverlay, OverlayFill, OverlayRect, OverlayShape } from './overlay.js';

/** @returns an SVG document of the size of the overlay's region */
export function paintSvg({ region, shapes }: FaceOverlay, font: OutlineFont): string {
  const { x, y, width, height } = region;
  const elements = shapes.map((shape) => toElement(shape, font)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${elements}</svg>`;
}

function toElement(shape: OverlayShape, font: OutlineFont): string {
  switch (shape.kind) {
    case 'rect':
      return toRect(shape);
    case 'text': {
      const { text, x, y, size, colour } = shape;
      return `<path d="${font.toPath(text, x, y, size)}" fill="${colour}"/>`;
    }
    default:
      return shape satisfies never;
  }
}

function toRect({ box, radius, fill, stroke }: OverlayRect): string {
  const attributes = [
    ...Object.entries({ x: box.x, y: box.y, width: box.width, height: box.height, rx: radius }).flatMap(
      ([name, value]) => (value === undefined ? [] : [`${name}="${round(value)}"`]),
    ),
    toFill(fill),
    ...(stroke === undefined ? [] : [`stroke="${stroke.colour}" stroke-width="${stroke.width}"`]),
  ];
  return `<rect ${attributes.join(' ')}/>`;
}

function toFill(fill: OverlayFill | undefined): string {
  if (fill === undefined) return 'fill="none"';
  const { colour, opacity } = fill;
  return `fill="${colour}"${opacity === undefined ? '' : ` fill-opacity="${opacity}"`}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
