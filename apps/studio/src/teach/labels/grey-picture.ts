/** Pictures to train on: grey, all of the size of the network's input. */
import type { FaceCrop } from '@mien/web';

export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, 0 to 255. */
  readonly data: Uint8Array;
}

export type Size = Pick<GreyPicture, 'width' | 'height'>;

/** The face as the network saw it; of a network that sees colours, their brightness (ITU-R 601, as in `mien train`). */
export function cropToGrey({ width, height, channels, data }: FaceCrop): GreyPicture {
  if (channels === 1) return { width, height, data };
  const grey = new Uint8Array(width * height);
  for (let at = 0; at < grey.length; at++) {
    const [red, green, blue] = [data[at * channels]!, data[at * channels + 1]!, data[at * channels + 2]!];
    grey[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return { width, height, data: grey };
}

/** In another size, where another network saw the face. */
export function fitTo(picture: GreyPicture, size: Size): GreyPicture {
  if (picture.width === size.width && picture.height === size.height) return picture;
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(toImageData(picture), 0, 0);
  return draw(canvas, [0, 0, picture.width, picture.height], size);
}

/**
 * A whole picture, of which the largest centred part in the shape of the input is taken.
 *
 * @throws DOMException if the browser cannot decode it
 */
export async function wholeToGrey(file: Blob, size: Size): Promise<GreyPicture> {
  const image = await createImageBitmap(file);
  try {
    const scale = Math.min(image.width / size.width, image.height / size.height);
    const [width, height] = [size.width * scale, size.height * scale];
    return draw(image, [(image.width - width) / 2, (image.height - height) / 2, width, height], size);
  } finally {
    image.close();
  }
}

export function toImageData({ width, height, data }: GreyPicture): ImageData {
  const image = new ImageData(width, height);
  data.forEach((value, at) => image.data.set([value, value, value, 255], at * 4));
  return image;
}

type Part = readonly [x: number, y: number, width: number, height: number];

function draw(source: CanvasImageSource, [x, y, w, h]: Part, { width, height }: Size): GreyPicture {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('canvas: this browser draws no pictures');
  context.imageSmoothingQuality = 'high';
  // What is transparent shows white, as on a page.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(source, x, y, w, h, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return cropToGrey({ width, height, channels: 4, data: new Uint8Array(data.buffer) });
}
