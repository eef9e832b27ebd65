/**
 * How much pictures are varied in training: a strength for each kind of variation, none of them at work at 0 or false.
 *
 * The schema is part of the recipe's (recipe.ts): what is added here can be written in a recipe file, is checked, is
 * stored in checkpoints and described to editors. A recipe file names the strengths that it changes; what it starts
 * from gives the others.
 */
import type { z } from 'zod';
import { boolean, number, record } from '../recipe/recipe-fields.js';

export const augmentationSchema = record({
  rotationDeg: number(0, 180).describe('Largest rotation, either way, in degrees.'),
  shift: number(0, 1).describe(
    'Largest shift, either way, as a part of width and of height, each drawn on its own.',
  ),
  zoom: number(0, 0.9).describe(
    'Zoom factors are drawn from 1 − zoom to 1 + zoom, one for each axis; above 1 shows more of the picture.',
  ),
  horizontalFlip: boolean().describe('Whether half of the pictures are mirrored.'),
});

export type Augmentation = Readonly<z.infer<typeof augmentationSchema>>;

export const NO_AUGMENTATION: Augmentation = { rotationDeg: 0, shift: 0, zoom: 0, horizontalFlip: false };

/** The paper's training set-up: rotation ±10°, shift 10 %, zoom 10 %, flip. */
export const PAPER_AUGMENTATION: Augmentation = {
  ...NO_AUGMENTATION,
  rotationDeg: 10,
  shift: 0.1,
  zoom: 0.1,
  horizontalFlip: true,
};
