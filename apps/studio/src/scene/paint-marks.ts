/** Paints marks and veils on a canvas, as the scene shows them. Runs in pages and workers. */
import type { Box } from '@mien/core';
import { layOutMarks, TEXT_SIZE, TEXT_WEIGHT, type Mark, type MarkShape } from './marks.js';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A hidden head is reduced to this many pixels across before it is drawn again: nothing of the face can come back. */
const VEIL_PIXELS = 6;
/** The colours of scene.css. */
const HALO = 'rgb(0 0 0 / 55%)';
const LABEL = 'rgb(16 21 27 / 88%)';
const DIFFERING_LABEL = '#7a1f14';
const TEXT = '#fff';
/** Labels of 14 pixels suit a video of this height; in larger ones they grow along. */
const BASE_HEIGHT = 720;
const BASE_WIDTH = 1280;

/** Pixels of a picture in a unit, where no screen says how large it is shown. */
export function unitOf({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.max(1, Math.min(width / BASE_WIDTH, height / BASE_HEIGHT));
}

/** @param fontFamily as in CSS */
export function createMeasure(context: Context, fontFamily: string): (text: string) => number {
  return (text) => {
    context.font = `${TEXT_WEIGHT} ${TEXT_SIZE}px ${fontFamily}`;
    return context.measureText(text).width;
  };
}

/** @param fontFamily as in CSS */
export function paintMarks(context: Context, marks: readonly Mark[], fontFamily: string): void {
  const { canvas } = context;
  context.save();
  const laidOut = layOutMarks(marks, canvas, unitOf(canvas), createMeasure(context, fontFamily));
  for (const { mark, shapes, text } of laidOut) {
    for (const shape of shapes) paintShape(context, shape, mark);
    context.font = `${TEXT_WEIGHT} ${text.size}px ${fontFamily}`;
    context.fillStyle = TEXT;
    context.fillText(text.written, text.x, text.y);
  }
  context.restore();
}

function paintShape(context: Context, shape: MarkShape, mark: Mark): void {
  const { part, x, y, width, height, radius, strokeWidth = 0, dash = [] } = shape;
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.lineWidth = strokeWidth;
  context.setLineDash([...dash]);
  switch (part) {
    case 'halo':
    case 'box':
      context.strokeStyle = part === 'halo' ? HALO : mark.colour;
      context.stroke();
      break;
    case 'label':
    case 'swatch':
      context.fillStyle = part === 'swatch' ? mark.colour : mark.differs ? DIFFERING_LABEL : LABEL;
      context.fill();
      break;
    default:
      part satisfies never;
  }
}

/** Blurs what is on the canvas already. */
export function paintVeils(context: Context, veils: readonly Box[]): void {
  const { canvas } = context;
  for (const veil of veils) {
    const left = Math.max(0, Math.floor(veil.x));
    const top = Math.max(0, Math.floor(veil.y));
    const width = Math.min(canvas.width, Math.ceil(veil.x + veil.width)) - left;
    const height = Math.min(canvas.height, Math.ceil(veil.y + veil.height)) - top;
    if (width <= 0 || height <= 0) continue;
    const small = new OffscreenCanvas(VEIL_PIXELS, Math.max(1, Math.round((VEIL_PIXELS * height) / width)));
    const inner = small.getContext('2d');
    if (inner === null) throw new Error('this browser has no canvas to hide faces with');
    reduce(inner, canvas, { x: left, y: top, width, height });
    context.save();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.beginPath();
    context.roundRect(left, top, width, height, Math.min(width, height) * 0.08);
    context.clip();
    context.drawImage(small, left, top, width, height);
    context.restore();
  }
}

/** Halves again and again: a single step would take a few pixels as they are instead of the mean of all. */
function reduce(target: OffscreenCanvasRenderingContext2D, source: CanvasImageSource, box: Box): void {
  let from: CanvasImageSource = source;
  let { x, y, width, height } = box;
  while (width > 2 * target.canvas.width || height > 2 * target.canvas.height) {
    const next = new OffscreenCanvas(
      Math.max(target.canvas.width, Math.ceil(width / 2)),
      Math.max(target.canvas.height, Math.ceil(height / 2)),
    );
    next.getContext('2d')?.drawImage(from, x, y, width, height, 0, 0, next.width, next.height);
    from = next;
    [x, y, width, height] = [0, 0, next.width, next.height];
  }
  target.drawImage(from, x, y, width, height, 0, 0, target.canvas.width, target.canvas.height);
}
