import type { Analysis } from '@mien/core';
import { drawFaces } from '@mien/web';
import { picture, scene } from '../state/scene.js';

/** What is shown with its faces drawn in, in its own size, as PNG. */
export async function toImage(result: Analysis): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  const now = scene.peek();
  const image = now.kind === 'camera' ? now.camera.video : await loadImage(picture.peek()?.url ?? '');
  drawFaces(context, result, { image });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)), 'image/png');
  });
}

async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
