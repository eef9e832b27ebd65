import type { Analysis } from '@mien/core';
import { savedMarksOf, veilsOf } from '../scene/marks-of.js';
import { paintMarks, paintVeils } from '../scene/paint-marks.js';
import { mainId, picture, scene } from '../state/scene.js';
import { positionMs } from '../timeline/position.js';

/** What is shown with its faces drawn in, in its own size, as PNG. */
export async function toImage(result: Analysis): Promise<Blob> {
  const now = scene.peek();
  const image =
    now.kind === 'camera'
      ? now.camera.video
      : (document.querySelector<HTMLVideoElement>('.frame video') ??
        (await loadImage(picture.peek()?.url ?? '')));
  const canvas = document.createElement('canvas');
  const { width, height } = result;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  context.drawImage(image, 0, 0, width, height);
  paintVeils(context, veilsOf(result, mainId.peek(), positionMs() ?? 0));
  paintMarks(context, savedMarksOf(result), getComputedStyle(document.body).fontFamily);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)),
      'image/png',
    );
  });
}

async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
