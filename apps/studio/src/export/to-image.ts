import type { Analysis } from '@mien/core';
import { drawFaces } from '@mien/web';
import { hiddenKeys } from '../state/people.js';
import { keyOf, picture, scene } from '../state/scene.js';

/** What is shown with its faces drawn in, in its own size, as PNG. */
export async function toImage(result: Analysis): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  const now = scene.peek();
  const image =
    now.kind === 'camera'
      ? now.camera.video
      : (document.querySelector<HTMLVideoElement>('.frame video') ??
        (await loadImage(picture.peek()?.url ?? '')));
  const shown = result.faces.filter((face, index) => !hiddenKeys.peek().has(keyOf(face, index)));
  drawFaces(context, { ...result, faces: shown }, { image });
  context.fillStyle = '#2a313b';
  for (const { box } of result.faces.filter((face) => !shown.includes(face))) {
    const { x, y, width, height } = box;
    context.fillRect(x - width * 0.25, y - height * 0.45, width * 1.5, height * 1.75);
  }
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
