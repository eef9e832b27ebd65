/** The face as the network gets it: cut out by the model's crop, upright, grey, in the pixels of the network's input. */
import { useEffect, useRef } from 'preact/hooks';
import type { Analysis, Face } from '@mien/core';
import { mainReader } from '../state/readers.js';
import { picture, scene } from '../state/scene.js';
import { words } from '../words/words.js';

export function FaceCrop({ face, result }: { face: Face; result: Analysis }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { input, crop } = mainReader.value?.analyzer.model ?? {};
  const width = input?.width ?? 48;
  const height = input?.height ?? 48;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return undefined;
    let isOver = false;
    const draw = (image: CanvasImageSource) => {
      if (isOver) return;
      const { box, quality } = face;
      const side = Math.max(box.width, box.height) * (crop?.scale ?? 1);
      const roll = crop?.upright === true ? (quality.measures.rollRad ?? 0) : 0;
      context.save();
      context.fillStyle = '#000';
      context.fillRect(0, 0, width, height);
      context.imageSmoothingQuality = 'high';
      context.filter = input?.channels === 1 ? 'grayscale(1)' : 'none';
      context.translate(width / 2, height / 2);
      context.scale(width / side, height / side);
      context.rotate(-roll);
      context.translate(
        -(box.x + box.width / 2 + (crop?.offsetX ?? 0) * side),
        -(box.y + box.height / 2 + (crop?.offsetY ?? 0) * side),
      );
      context.drawImage(image, 0, 0, result.width, result.height);
      context.restore();
    };
    const now = scene.peek();
    const player = document.querySelector<HTMLVideoElement>('.frame video');
    if (now.kind === 'camera') draw(now.camera.video);
    else if (now.kind === 'video' && player !== null) draw(player);
    else if (picture.peek() !== undefined) {
      const image = new Image();
      image.onload = () => draw(image);
      image.src = picture.peek()?.url ?? '';
    }
    return () => {
      isOver = true;
    };
  }, [face, result, width, height]);
  return (
    <canvas
      ref={canvas}
      class="crop"
      width={width}
      height={height}
      role="img"
      aria-label={words.value.face.seen}
      title={words.value.face.seen}
    />
  );
}
