/**
 * Pictures made worse as cameras and surroundings make them worse: eleven kinds at three strengths.
 *
 *   darkness, brightness   greys times a factor below or above 1, cut off at white
 *   contrast               greys drawn towards the picture's mean
 *   noise                  normal noise in every pixel
 *   blur                   Gaussian blur
 *   low-resolution         shrunk to a few pixels (mean of areas) and enlarged again (bilinear)
 *   side-light             one side lit, the other in shadow: a factor that falls off linearly
 *   occlusion              a hand, a mask or sunglasses over the face, one of them drawn for each picture
 *   rotation, shift        either way; what comes into view repeats the edge
 *   jpeg                   saved as JPEG at a low quality
 *
 * What happens to a picture depends on the seed and on its pixels alone, not on its place in a file; at every strength
 * it is the same occluder, direction and noise. The middle strengths were set so that the published checkpoint
 * fer2013_mini_XCEPTION.102-0.66 reads PublicTest about as docs/LOG.md says. They are frozen: other strengths or seeds
 * would make figures of different dates incomparable.
 *
 * Ref: Hendrycks, Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", for
 * the idea.
 */
import { sha256Words } from '../data/sha256.js';
import { jpegQuantizationTable } from '../augment/jpeg-quantization-table.js';
import { createRandom, type Random } from '../random.js';
import type { GreyPicture, PictureTransform } from './transform-rows.js';

export const CORRUPTIONS = [
  'darkness',
  'brightness',
  'contrast',
  'noise',
  'blur',
  'low-resolution',
  'side-light',
  'occlusion',
  'rotation',
  'shift',
  'jpeg',
] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

export const STRENGTHS = ['weak', 'middle', 'strong'] as const;
export type Strength = (typeof STRENGTHS)[number];

/** By corruption: what {@link corrupt} takes for each strength. */
export const CORRUPTION_LEVELS: Readonly<Record<Corruption, Readonly<Record<Strength, number>>>> = {
  darkness: { weak: 0.6, middle: 0.36, strong: 0.18 }, // factor
  brightness: { weak: 1.3, middle: 1.56, strong: 2.5 }, // factor
  contrast: { weak: 0.5, middle: 0.31, strong: 0.15 }, // part of the distance from the mean that is kept
  noise: { weak: 12, middle: 26.5, strong: 40 }, // standard deviation in greys of 256
  blur: { weak: 1.2, middle: 2.05, strong: 3 }, // standard deviation in pixels of 48
  'low-resolution': { weak: 24, middle: 16, strong: 12 }, // pixels a side, of 48
  'side-light': { weak: 0.4, middle: 0.65, strong: 0.9 }, // darkest side: 1 − this; lightest: 1 + this
  occlusion: { weak: 0.45, middle: 0.67, strong: 0.9 }, // size of the occluder
  rotation: { weak: 12, middle: 22, strong: 35 }, // degrees
  shift: { weak: 0.02, middle: 0.035, strong: 0.1 }, // part of the side, in both directions
  jpeg: { weak: 30, middle: 15, strong: 7 }, // quality
};

/** The side of the pictures that lengths in pixels are meant for. */
const REFERENCE_SIDE = 48;
const WHITE = 255;

/** @param level as in {@link CORRUPTION_LEVELS} */
export function corrupt(corruption: Corruption, level: number, seed = 1): PictureTransform {
  const random = createRandom(seed).fork('corruptions').fork(corruption);
  return (picture) => APPLY[corruption](picture, level, random.fork(sha256Words(picture.data)[0]!));
}

type Apply = (picture: GreyPicture, level: number, random: Random) => GreyPicture;

const APPLY: Readonly<Record<Corruption, Apply>> = {
  darkness: (picture, factor) => mapGreys(picture, (grey) => grey * factor),
  brightness: (picture, factor) => mapGreys(picture, (grey) => grey * factor),
  contrast(picture, part) {
    const mean = meanOf(picture);
    return mapGreys(picture, (grey) => mean + (grey - mean) * part);
  },
  noise: (picture, sigma, random) => mapGreys(picture, (grey) => grey + sigma * random.normal()),
  blur: (picture, sigma) => blur(picture, (sigma * picture.width) / REFERENCE_SIDE),
  'low-resolution': (picture, side) => lowerResolution(picture, side),
  'side-light'(picture, amount, random) {
    const direction = random.uniform() < 0.5 ? -1 : 1;
    const middle = (picture.width - 1) / 2;
    return mapGreys(picture, (grey, x) => grey * (1 + (direction * amount * (x - middle)) / middle));
  },
  occlusion: (picture, size, random) => occlude(picture, size, random),
  rotation(picture, degrees, random) {
    const angle = ((random.uniform() < 0.5 ? -1 : 1) * degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [cx, cy] = [(picture.width - 1) / 2, (picture.height - 1) / 2];
    return warp(picture, (x, y) => [
      cx + cos * (x - cx) + sin * (y - cy),
      cy - sin * (x - cx) + cos * (y - cy),
    ]);
  },
  shift(picture, part, random) {
    const sign = (): number => (random.uniform() < 0.5 ? -1 : 1);
    const [dx, dy] = [sign() * part * picture.width, sign() * part * picture.height];
    return warp(picture, (x, y) => [x + dx, y + dy]);
  },
  jpeg: (picture, quality) => saveAsJpeg(picture, quality),
};

function mapGreys(
  { data, width, height }: GreyPicture,
  change: (grey: number, x: number, y: number) => number,
): GreyPicture {
  const changed = new Uint8ClampedArray(data.length); // rounds, and cuts off below 0 and above 255
  data.forEach((grey, i) => (changed[i] = change(grey, i % width, Math.floor(i / width))));
  return { data: new Uint8Array(changed.buffer), width, height };
}

function meanOf({ data }: GreyPicture): number {
  return data.reduce((sum, grey) => sum + grey, 0) / data.length;
}

/** The grey at any place, bilinear between pixel centres; beyond the picture, that of its edge. */
function sample({ data, width, height }: GreyPicture, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [x - left, y - top];
  const at = (column: number, row: number): number =>
    data[Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1)]!;
  return (
    (1 - b) * ((1 - a) * at(left, top) + a * at(left + 1, top)) +
    b * ((1 - a) * at(left, top + 1) + a * at(left + 1, top + 1))
  );
}

/**
 * @param from the place in `source` that a pixel of the result shows
 * @param source default: the picture itself
 */
function warp(
  picture: GreyPicture,
  from: (x: number, y: number) => readonly [number, number],
  source = picture,
): GreyPicture {
  return mapGreys(picture, (_, x, y) => sample(source, ...from(x, y)));
}

function blur(picture: GreyPicture, sigma: number): GreyPicture {
  const { data, width, height } = picture;
  const reach = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  const clamp = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit - 1);
  const rows = Float64Array.from(data, (_, i) => {
    const [x, start] = [i % width, i - (i % width)];
    return taps.reduce((total, tap, k) => total + tap * data[start + clamp(x + k - reach, width)]!, 0) / sum;
  });
  return mapGreys(
    picture,
    (_, x, y) =>
      taps.reduce((total, tap, k) => total + tap * rows[clamp(y + k - reach, height) * width + x]!, 0) / sum,
  );
}

function lowerResolution(picture: GreyPicture, side: number): GreyPicture {
  const { data, width, height } = picture;
  const small = new Uint8ClampedArray(side * side);
  for (let row = 0; row < side; row++) {
    const [top, bottom] = [(row * height) / side, ((row + 1) * height) / side];
    for (let column = 0; column < side; column++) {
      const [left, right] = [(column * width) / side, ((column + 1) * width) / side];
      let [sum, area] = [0, 0];
      for (let y = Math.floor(top); y < bottom; y++) {
        for (let x = Math.floor(left); x < right; x++) {
          const covered =
            (Math.min(x + 1, right) - Math.max(x, left)) * (Math.min(y + 1, bottom) - Math.max(y, top));
          sum += covered * data[y * width + x]!;
          area += covered;
        }
      }
      small[row * side + column] = sum / area;
    }
  }
  const shrunk = { data: new Uint8Array(small.buffer), width: side, height: side };
  const [fx, fy] = [side / width, side / height];
  return warp(picture, (x, y) => [(x + 0.5) * fx - 0.5, (y + 0.5) * fy - 0.5], shrunk);
}

/**
 * Covers a part of the face. Places are in parts of the side: FER2013's pictures have the eyes at 0.38 from above, 0.37
 * apart, and the mouth at 0.78 (docs/LOG.md).
 */
function occlude(picture: GreyPicture, size: number, random: Random): GreyPicture {
  const { width, height } = picture;
  const kind = (['hand', 'mask', 'sunglasses'] as const)[random.uniformInt(3)]!;
  const isLeft = random.uniform() < 0.5;
  const mean = meanOf(picture);
  return mapGreys(picture, (grey, column, row) => {
    const [x, y] = [(column + 0.5) / width, (row + 0.5) / height];
    switch (kind) {
      case 'sunglasses': {
        const isLens = [0.315, 0.685].some(
          (eye) => ((x - eye) / (0.15 * size)) ** 2 + ((y - 0.4) / (0.11 * size)) ** 2 < 1,
        );
        const isFrame = Math.abs(y - 0.36) < 0.02 * size;
        return isLens || isFrame ? 25 : grey;
      }
      case 'mask': {
        const top = 0.96 - 0.36 * size;
        const reach = 0.34 * Math.sqrt(Math.max(0, 1 - Math.max(0, (y - 0.75) / 0.3) ** 2));
        return y > top && Math.abs(x - 0.5) < reach ? 190 + 20 * Math.sin(40 * y) : grey;
      }
      case 'hand': {
        // Four fingers of a quarter each, from one lower corner up over cheek and mouth.
        const u = (isLeft ? x : 1 - x) / (0.52 * size);
        const v = (1 - y) / (0.62 * size);
        if (u > 1 || v > 1 - 0.25 * Math.abs(2 * u - 1)) return grey;
        const across = (u * 4) % 1;
        return Math.min(WHITE, mean * 1.1 * (0.7 + 0.5 * Math.sqrt(Math.max(0, 1 - (2 * across - 1) ** 2))));
      }
      default:
        return kind satisfies never;
    }
  });
}

const BLOCK = 8;
/** cos((2x + 1)·u·π / 16), scaled so that the transform is orthonormal: [u][x]. */
const COSINES = Array.from({ length: BLOCK }, (_, u) =>
  Array.from(
    { length: BLOCK },
    (__, x) => Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.sqrt(1 / 8) : 0.5),
  ),
);

/** What is left of a picture after JPEG's quantization; the losses of chroma and of coding do not concern greys. */
function saveAsJpeg(picture: GreyPicture, quality: number): GreyPicture {
  const { data, width, height } = picture;
  const steps = jpegQuantizationTable(quality); // [horizontal][vertical]
  const result = new Uint8ClampedArray(data.length);
  const block = new Float64Array(BLOCK * BLOCK);
  const turned = new Float64Array(BLOCK * BLOCK);
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      for (let i = 0; i < block.length; i++) {
        const [x, y] = [
          Math.min(left + (i % BLOCK), width - 1),
          Math.min(top + Math.floor(i / BLOCK), height - 1),
        ];
        block[i] = data[y * width + x]! - 128;
      }
      transform(block, turned, false);
      for (let i = 0; i < block.length; i++) {
        const step = steps[(i % BLOCK) * BLOCK + Math.floor(i / BLOCK)]!;
        turned[i] = Math.round(turned[i]! / step) * step;
      }
      transform(turned, block, true);
      for (let i = 0; i < block.length; i++) {
        const [x, y] = [left + (i % BLOCK), top + Math.floor(i / BLOCK)];
        if (x < width && y < height) result[y * width + x] = block[i]! + 128;
      }
    }
  }
  return { data: new Uint8Array(result.buffer), width, height };
}

/** The discrete cosine transform of an 8×8 block, or its inverse; `to` differs from `from`. */
function transform(from: Float64Array, to: Float64Array, isInverse: boolean): void {
  const rows = new Float64Array(BLOCK * BLOCK);
  const factor = (out: number, inner: number): number =>
    isInverse ? COSINES[inner]![out]! : COSINES[out]![inner]!;
  for (let y = 0; y < BLOCK; y++) {
    for (let u = 0; u < BLOCK; u++) {
      let sum = 0;
      for (let x = 0; x < BLOCK; x++) sum += factor(u, x) * from[y * BLOCK + x]!;
      rows[y * BLOCK + u] = sum;
    }
  }
  for (let v = 0; v < BLOCK; v++) {
    for (let u = 0; u < BLOCK; u++) {
      let sum = 0;
      for (let y = 0; y < BLOCK; y++) sum += factor(v, y) * rows[y * BLOCK + u]!;
      to[v * BLOCK + u] = sum;
    }
  }
}
