/** Paints the layout of @mien/results on a canvas: a box for each face, and next to it a panel with a bar for each label. */
import type { Analysis, Box, Face } from '@mien/core';
import { layOutFaces, type Paint, type Shape } from '@mien/results';

export interface DrawFacesOptions {
  /**
   * Drawn first, such as the video; the canvas is resized to the picture. Default: none, faces are drawn over the current
   * content of the canvas.
   */
  readonly image?: CanvasImageSource;
  /** Clears the canvas first, for canvases on top of a video. Default false. */
  readonly clear?: boolean;
  /** Mirrors the picture and boxes, but not the text. Default false. */
  readonly mirror?: boolean;
  /** CSS font family. Default `system-ui, sans-serif`. */
  readonly fontFamily?: string;
}

/**
 * Draws the faces of a result; the boxes of unsure readings are dashed. The whole frame is mapped to the whole canvas.
 *
 * @example
 * analyzer.watch(video, (result) => drawFaces(context, result, { image: video }));
 */
export function drawFaces(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  result: Pick<Analysis, 'width' | 'height' | 'faces'>,
  options: DrawFacesOptions = {},
): void {
  const { image, clear = false, mirror = false, fontFamily = 'system-ui, sans-serif' } = options;
  const { canvas } = context;
  const isOther = canvas.width !== result.width || canvas.height !== result.height;
  // Only when needed: setting the size clears the canvas.
  if (image !== undefined && isOther) Object.assign(canvas, { width: result.width, height: result.height });
  const { width, height } = canvas;

  context.save();
  context.resetTransform();
  if (clear) context.clearRect(0, 0, width, height);
  if (image !== undefined) {
    if (mirror) context.setTransform(-1, 0, 0, 1, width, 0);
    context.drawImage(image, 0, 0, width, height);
    context.resetTransform();
  }
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  const setFont = (size: number) => (context.font = `${size}px ${fontFamily}`);
  const measure = (text: string, size: number) => {
    setFont(size);
    return context.measureText(text).width;
  };
  const scale = { x: width / result.width, y: height / result.height, mirrored: mirror ? width : undefined };
  const faces = result.faces.map((face) => placeFace(face, scale));
  for (const { shapes } of layOutFaces(faces, { width, height }, measure)) {
    for (const shape of shapes) {
      if (shape.kind === 'text') setFont(shape.size);
      draw(context, shape);
    }
  }
  context.restore();
}

interface Scale {
  readonly x: number;
  readonly y: number;
  /** Width of the canvas if mirrored. */
  readonly mirrored: number | undefined;
}

/** Converts boxes from pixels of the frame to pixels of the canvas. */
function placeFace(face: Face, scale: Scale): Face {
  const { box, smoothed } = face;
  return {
    ...face,
    box: placeBox(box, scale),
    ...(smoothed && { smoothed: { ...smoothed, box: placeBox(smoothed.box, scale) } }),
  };
}

function placeBox({ x, y, width, height }: Box, { x: scaleX, y: scaleY, mirrored }: Scale): Box {
  const placed = { x: x * scaleX, y: y * scaleY, width: width * scaleX, height: height * scaleY };
  return mirrored === undefined ? placed : { ...placed, x: mirrored - placed.x - placed.width };
}

function draw(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, shape: Shape): void {
  if (shape.kind === 'text') {
    const { text, x, y, fill } = shape;
    paint(context, fill, () => context.fillText(text, x, y));
    return;
  }
  const { box, radius = 0, fill, stroke } = shape;
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, radius);
  if (fill !== undefined) paint(context, fill, () => context.fill());
  if (stroke !== undefined) {
    context.lineWidth = stroke.width;
    context.setLineDash(stroke.dashed === true ? [3 * stroke.width, 2 * stroke.width] : []);
    paint(context, stroke, () => context.stroke());
  }
}

function paint(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { colour, opacity = 1 }: Paint,
  carryOut: () => void,
): void {
  context.globalAlpha = opacity;
  context.fillStyle = context.strokeStyle = colour;
  carryOut();
}
