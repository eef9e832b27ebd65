/** The pictures of boxes.json, made by the same formulas as in make-boxes.py. */

export type PictureRecipe = { readonly size: readonly [width: number, height: number] } & (
  | { readonly kind: 'flat'; readonly level: number }
  | { readonly kind: 'gradient'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'checks'; readonly cell: number }
  | { readonly kind: 'noise'; readonly seed: number }
  | { readonly kind: 'blurred-noise'; readonly seed: number; readonly blur: number }
  | {
      readonly kind: 'portrait';
      readonly shrink?: number;
      readonly enlarge?: number;
      readonly offset?: readonly [left: number, top: number];
      readonly darken?: number;
      readonly invert?: boolean;
    }
);

/** Grey pixels, rows from the top. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Pillow's "L" of RGB pixels. */
export function toGrey(width: number, height: number, rgb: ArrayLike<number>): GreyPicture {
  const sample = (i: number): number => rgb[i] ?? NaN;
  return paint(width, height, (x, y) => {
    const i = 3 * (y * width + x);
    return (19595 * sample(i) + 38470 * sample(i + 1) + 7471 * sample(i + 2) + 0x8000) >> 16;
  });
}

/** @param portrait examples/eileen-collins.png in grey */
export function makePicture(recipe: PictureRecipe, portrait: GreyPicture): GreyPicture {
  const [width, height] = recipe.size;
  switch (recipe.kind) {
    case 'flat':
      return paint(width, height, () => recipe.level);
    case 'gradient':
      return paint(width, height, (x, y) => (x * recipe.dx + y * recipe.dy) & 255);
    case 'checks':
      return paint(width, height, (x, y) =>
        (Math.floor(x / recipe.cell) + Math.floor(y / recipe.cell)) % 2 === 0 ? 50 : 200,
      );
    case 'noise':
      return noise(width, height, recipe.seed);
    case 'blurred-noise': {
      const wide = noise(width + recipe.blur - 1, height + recipe.blur - 1, recipe.seed);
      return paint(width, height, (x, y) => blockMean(wide, x, y, recipe.blur));
    }
    case 'portrait': {
      const { shrink = 1, enlarge = 1, offset: [left, top] = [0, 0], darken = 0, invert = false } = recipe;
      const tile = paint(Math.floor(portrait.width / shrink), Math.floor(portrait.height / shrink), (x, y) =>
        blockMean(portrait, x * shrink, y * shrink, shrink),
      );
      return paint(width, height, (x, y) => {
        const column = Math.floor((x + left) / enlarge) % tile.width;
        const row = Math.floor((y + top) / enlarge) % tile.height;
        return ((tile.data[row * tile.width + column] ?? NaN) >> darken) ^ (invert ? 255 : 0);
      });
    }
    default:
      return recipe satisfies never;
  }
}

function paint(width: number, height: number, pixel: (x: number, y: number) => number): GreyPicture {
  const data = Uint8Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width)));
  return { width, height, data };
}

function noise(width: number, height: number, seed: number): GreyPicture {
  let state = seed;
  return paint(width, height, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** The mean, rounded down, of the size × size samples from (left, top) on. */
function blockMean({ width, data }: GreyPicture, left: number, top: number, size: number): number {
  let sum = 0;
  for (let y = top; y < top + size; y++) {
    for (let x = left; x < left + size; x++) sum += data[y * width + x] ?? NaN;
  }
  return Math.floor(sum / (size * size));
}
