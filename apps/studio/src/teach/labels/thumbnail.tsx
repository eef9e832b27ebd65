import { useEffect, useRef } from 'preact/hooks';
import { toImageData, type GreyPicture } from './grey-picture.js';

export function Thumbnail({ picture }: { picture: GreyPicture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = picture;
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(toImageData(picture), 0, 0);
  }, [picture]);
  return <canvas ref={canvas} {...{ width, height }} aria-hidden="true" />;
}
