/**
 * How much pictures are varied in training: a strength for each kind of variation, none of them at work at 0, false or
 * null.
 *
 * The schema is part of the recipe's (recipe.ts): what is added here can be written in a recipe file, is checked, is
 * stored in checkpoints and described to editors. A recipe file names the strengths that it changes; what it starts
 * from gives the others. A record within (such as `quality`) is replaced whole.
 */
import type { z } from 'zod';
import { boolean, number, oneOf, record, whole } from '../recipe/recipe-fields.js';

const probability = number(0, 1).default(0.5).describe('Part of the pictures that are changed so.');

const photometricSchema = record({
  probability,
  contrast: number(0, 1)
    .default(0)
    .describe(
      "Largest change of contrast: greys keep 1 − contrast to 1 + contrast times their distance from the picture's mean.",
    ),
  brightness: number(0, 1)
    .default(0)
    .describe('Largest brightness that is added or taken away, as a part of the way from black to white.'),
  gamma: number(0, 2)
    .default(0)
    .describe(
      'Greys from 0 to 1 are raised to an exponent from exp(−gamma) to exp(gamma); above 1 darkens. 0.4 is 0.67 to 1.49.',
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
      "Smallest size that pictures are shrunk to and enlarged from again, as a part of the network's input; 1 for none.",
    ),
  noiseSigma: number(0, 128)
    .default(0)
    .describe('Largest standard deviation of noise in each pixel, in grey levels of 256.'),
  jpegQuality: whole(1, 100)
    .default(100)
    .describe('Lowest quality of JPEG, from it to 100, as libjpeg counts; 100 for no JPEG.'),
});

const erasingSchema = record({
  probability,
  minArea: number(0.001, 1).default(0.02).describe('Smallest part of the picture that is erased.'),
  maxArea: number(0.001, 1).default(0.4).describe('Largest part of the picture that is erased.'),
  aspect: number(0.05, 1)
    .default(0.3)
    .describe('Flattest shape of the rectangle, height by width; the tallest is 1 / aspect.'),
  fill: oneOf(['noise', 'mean'])
    .default('noise')
    .describe("What is put there: greys at random, or the picture's mean grey."),
}).superRefine(({ minArea, maxArea }, context) => {
  if (minArea <= maxArea) return;
  context.addIssue({ code: 'custom', path: ['minArea'], message: `at most maxArea (${maxArea})` });
});

export const augmentationSchema = record({
  rotationDeg: number(0, 180).describe('Largest rotation, either way, in degrees.'),
  shift: number(0, 1).describe(
    'Largest shift, either way, as a part of width and of height, each drawn on its own.',
  ),
  zoom: number(0, 0.9).describe(
    'Zoom factors are drawn from 1 − zoom to 1 + zoom, one for each axis; above 1 shows more of the picture.',
  ),
  horizontalFlip: boolean().describe('Whether half of the pictures are mirrored.'),
  photometric: photometricSchema
    .nullable()
    .describe('Other light: contrast, brightness and gamma, each drawn up to its strength; null for none.'),
  quality: qualitySchema
    .nullable()
    .describe(
      'Worse cameras: blur, few pixels, noise and JPEG, each drawn up to its strength; null for none.',
    ),
  erasing: erasingSchema
    .nullable()
    .describe('Hides a rectangle of the picture (random erasing, Zhong et al. 2020); null for none.'),
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

/** The paper's training set-up: rotation ±10°, shift 10 %, zoom 10 %, flip. */
export const PAPER_AUGMENTATION: Augmentation = {
  ...NO_AUGMENTATION,
  rotationDeg: 10,
  shift: 0.1,
  zoom: 0.1,
  horizontalFlip: true,
};

/** The paper's, and pictures as webcams, video calls and poor light give them: what `mien data preview` shows. */
export const ROBUST_AUGMENTATION: Augmentation = {
  ...PAPER_AUGMENTATION,
  photometric: { probability: 0.5, contrast: 0.3, brightness: 0.1, gamma: 0.4 },
  quality: { probability: 0.5, blurSigmaPx: 0.8, downscale: 0.6, noiseSigma: 6, jpegQuality: 40 },
  erasing: { probability: 0.25, minArea: 0.02, maxArea: 0.2, aspect: 0.3, fill: 'noise' },
};
