/**
 * Views: several versions of a picture, whose mean probabilities are usually more accurate than those of one. Figures
 * of different views must not be compared, so every figure says which it is of.
 *
 *   one        the picture as it is
 *   flip       the picture and its mirror image
 *   ten-crop   crops of 7/8 of the side, at the corners and in the middle, each also mirrored
 *
 * Ref: Krizhevsky, Sutskever, Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks", section
 * 4.1, for ten crops.
 */
import type { GreyPicture } from './transform-rows.js';

export const VIEWS = ['one', 'flip', 'ten-crop'] as const;
export type View = (typeof VIEWS)[number];

/** Part of width and height that a crop keeps. */
const CROP = 7 / 8;

type Transform = (picture: GreyPicture) => GreyPicture;

const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
  [0.5, 0.5],
] as const;

const CROPS: readonly Transform[] = CORNERS.map(
  ([x, y]) =>
    (picture) =>
      crop(picture, x, y),
);

const TRANSFORMS: Readonly<Record<View, readonly Transform[]>> = {
  one: [(picture) => picture],
  flip: [(picture) => picture, mirror],
  'ten-crop': CROPS.flatMap((transform): Transform[] => [transform, (picture) => mirror(transform(picture))]),
};

/** What a view makes of a picture: one to ten functions. */
export function transformsOf(view: View): readonly Transform[] {
  return TRANSFORMS[view];
}

/** @param x 0 for the left edge, 1 for the right; @param y 0 for the top, 1 for the bottom */
function crop({ data, width, height }: GreyPicture, x: number, y: number): GreyPicture {
  const [w, h] = [Math.round(width * CROP), Math.round(height * CROP)];
  const [left, top] = [Math.floor((width - w) * x), Math.floor((height - h) * y)];
  const cropped = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    const start = (top + row) * width + left;
    cropped.set(data.subarray(start, start + w), row * w);
  }
  return { data: cropped, width: w, height: h };
}

function mirror({ data, width, height }: GreyPicture): GreyPicture {
  const mirrored = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) mirrored[row * width + x] = data[(row + 1) * width - 1 - x]!;
  }
  return { data: mirrored, width, height };
}
