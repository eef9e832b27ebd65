/**
 * Strengths of augmentation; 0, false and null switch a kind off.
 *
 * The schema is part of the recipe's (recipe.ts): fields that are added here can be used in recipe files, are validated,
 * stored in checkpoints and described for editors. A recipe file changes the strengths that it names; nested objects (such
 * as `quality`) are replaced as a whole.
 */
import type { z } from 'zod';
import { boolean, number, oneOf, record, whole } from '../recipe/recipe-fields.js';

const probability = number(0, 1).default(0.5).describe('Share of the pictures that are changed.');

const photometricSchema = record({
  probability,
  contrast: number(0, 1)
    .default(0)
    .describe(
      "Largest change of contrast: distances from the picture's mean grey are multiplied by 1 − contrast to 1 + contrast.",
    ),
  brightness: number(0, 1)
    .default(0)
    .describe('Largest change of brightness, relative to the range from black to white.'),
  gamma: number(0, 2)
    .default(0)
    .describe(
      'Largest change of gamma: the exponent of grey values from 0 to 1 is exp(−gamma) to exp(gamma); above 1 darkens. 0.4 means 0.67 to 1.49.',
    ),
});

const qualitySchema = record({
  probability,
  blurSigmaPx: number(0, 16)
    .default(0)
    .describe("Largest standard deviation of a Gaussian blur, in pixels of the network's input."),
  downscale: number(0.05, 1)
    .default(1)
    .describe(
      "Smallest size for downscaling and upscaling again, relative to the network's input; 1 for none.",
    ),
  noiseSigma: number(0, 128)
    .default(0)
    .describe('Largest standard deviation of Gaussian noise, in grey levels of 256.'),
  jpegQuality: whole(1, 100).default(100).describe('Lowest JPEG quality, as in libjpeg; 100 for no JPEG.'),
});

const erasingSchema = record({
  probability,
  minArea: number(0.001, 1).default(0.02).describe('Smallest erased share of the picture.'),
  maxArea: number(0.001, 1).default(0.4).describe('Largest erased share of the picture.'),
  aspect: number(0.05, 1)
    .default(0.3)
    .describe('Lowest aspect ratio of the rectangle, height by width; the highest is 1 / aspect.'),
  fill: oneOf(['noise', 'mean'])
    .default('noise')
    .describe("Filling: random grey values, or the picture's mean grey."),
}).superRefine(({ minArea, maxArea }, context) => {
  if (minArea <= maxArea) return;
  context.addIssue({ code: 'custom', path: ['minArea'], message: `at most maxArea (${maxArea})` });
});

export const augmentationSchema = record({
  rotationDeg: number(0, 180).describe('Largest rotation in either direction, in degrees.'),
  shift: number(0, 1).describe(
    'Largest shift in either direction, relative to width and height, drawn separately.',
  ),
  zoom: number(0, 0.9).describe(
    'Zoom factors are drawn from 1 − zoom to 1 + zoom, separately for each axis; above 1 shows more of the picture.',
  ),
  horizontalFlip: boolean().describe('Whether to flip half of the pictures.'),
  photometric: photometricSchema.nullable().describe('Light: contrast, brightness and gamma; null for none.'),
  quality: qualitySchema
    .nullable()
    .describe('Camera quality: blur, downscaling, noise and JPEG; null for none.'),
  erasing: erasingSchema
    .nullable()
    .describe('Random erasing of a rectangle (Zhong et al. 2020); null for none.'),
});

export type Augmentation = Readonly<z.infer<typeof augmentationSchema>>;
export type Photometric = Readonly<z.infer<typeof photometricSchema>>;
export type Quality = Readonly<z.infer<typeof qualitySchema>>;
export type Erasing = Readonly<z.infer<typeof erasingSchema>>;

export const NO_AUGMENTATION: Augmentation = {
  rotationDeg: 0,
  shift: 0,
  zoom: 0,
  horizontalFlip: false,
  photometric: null,
  quality: null,
  erasing: null,
};

/** As in the paper: rotation ±10°, shift 10 %, zoom 10 %, flip. */
export const PAPER_AUGMENTATION: Augmentation = {
  ...NO_AUGMENTATION,
  rotationDeg: 10,
  shift: 0.1,
  zoom: 0.1,
  horizontalFlip: true,
};

/** Adds webcam and video-call quality and poor light; `mien data preview` shows examples. */
export const ROBUST_AUGMENTATION: Augmentation = {
  ...PAPER_AUGMENTATION,
  photometric: { probability: 0.5, contrast: 0.3, brightness: 0.1, gamma: 0.4 },
  quality: { probability: 0.5, blurSigmaPx: 0.8, downscale: 0.6, noiseSigma: 6, jpegQuality: 40 },
  erasing: { probability: 0.25, minArea: 0.02, maxArea: 0.2, aspect: 0.3, fill: 'noise' },
};
