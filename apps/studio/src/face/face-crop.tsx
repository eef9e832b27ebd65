/** The face exactly as the network saw it: the samples of its input, pixel by pixel. */
import type { FaceCrop } from '@mien/web';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words/words.js';

export function CropPicture({ crop }: { crop: FaceCrop }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = crop;
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(toImageData(crop), 0, 0);
  }, [crop]);
  return (
    <canvas
      ref={canvas}
      class="crop"
      width={width}
      height={height}
      role="img"
      aria-label={words.value.face.seen}
      title={words.value.face.seen}
      data-testid="crop"
    />
  );
}

export function toImageData({ width, height, channels, data }: FaceCrop): ImageData {
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) {
      image.data[pixel * 4 + c] = data[pixel * channels + (channels === 1 ? 0 : c)] ?? 0;
    }
    image.data[pixel * 4 + 3] = 255;
  }
  return image;
}
