/**
 * All settings of a training run as one plain object.
 *
 * A recipe and a dataset determine the weights bit for bit (for one build of the kernels). Checkpoints contain the
 * recipe, and a run is resumed with it.
 *
 * The schema below is the single source: the TypeScript type, the validation (parse-recipe.ts) and the JSON Schema for
 * editors (recipe.schema.json) are derived from it.
 */
import { CHANNEL_ORDERS, INPUT_LAYOUTS, OUTPUT_KINDS } from '@mien/core';
import { z } from 'zod';
import { augmentationSchema } from '../augment/augmentation.js';
import { boolean, number, oneOf, record, text, whole } from './recipe-fields.js';

export const PRESET_NAMES = ['paper', 'original', 'fer2013', 'robust'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const filters = z
  .array(whole(1, 4096), { error: 'a list of 1 to 8 whole numbers' })
  .min(1, { error: 'a list of 1 to 8 whole numbers' })
  .max(8, { error: 'a list of 1 to 8 whole numbers' });

const numbers = (what: string): z.ZodArray<z.ZodNumber> =>
  z.array(number(-1e6, 1e6), { error: what }).min(1, { error: what }).max(3, { error: what });

const dropout = (rate: number): z.ZodDefault<z.ZodNumber> =>
  number(0, 0.9)
    .default(rate)
    .describe('Share of the features before the last layer that dropout sets to 0.');

const networkSchema = z
  .discriminatedUnion(
    'kind',
    [
      record({ kind: z.literal('mini-xception') }),
      record({ kind: z.literal('big-xception') }),
      record({ kind: z.literal('nano'), dropout: dropout(0) }),
      record({ kind: z.literal('base'), dropout: dropout(0.2) }),
      record({
        kind: z.literal('residual'),
        widths: filters.describe(
          'Channels of each stage; each stage after the first halves width and height.',
        ),
        blocksPerStage: whole(1, 32).default(2).describe('Residual blocks of each stage.'),
        squeezeExcitation: number(0, 64)
          .default(0)
          .describe('Reduction ratio of squeeze-and-excitation at the end of each block; 0 for none.'),
        dropout: dropout(0),
      }),
      record({
        kind: z.literal('file'),
        path: text('the path of a model file').describe(
          'Model file of any format (relative to the working directory) or installed model to fine-tune.',
        ),
        input: record({
          range: numbers('two different numbers').optional().describe('Values of the samples 0 and 255.'),
          mean: numbers('one number for each channel')
            .optional()
            .describe('Subtracted from each channel after the range.'),
          std: numbers('one number above 0 for each channel')
            .optional()
            .describe('Divides each channel after that.'),
          channelOrder: oneOf(CHANNEL_ORDERS)
            .optional()
            .describe("Which colour the network's first channel is."),
          layout: oneOf(INPUT_LAYOUTS).optional().describe('Axes of the input of an ONNX or TFLite file.'),
        })
          .optional()
          .describe(
            'How the network is fed, where the file does not say; options of the command take precedence.',
          ),
        labels: z
          .array(text('a name'), { error: 'a list of names' })
          .optional()
          .describe('Meaning of its outputs, in their order, where the file does not say.'),
        outputs: oneOf(OUTPUT_KINDS)
          .optional()
          .describe('What its outputs are, where they are not recognised.'),
        trainable: oneOf(['all', 'lastLayer'])
          .default('all')
          .describe(
            'Whether to train all layers, or only the last one with a kernel: the others then stay bit for bit as they are.',
          ),
        lastLayer: oneOf(['keep', 'replace'])
          .default('keep')
          .describe(
            'Whether to keep the last layer, and with it the labels of the file, or to start with a new one for the labels of the data.',
          ),
      }),
    ],
    { error: 'an object whose kind is one of mini-xception, big-xception, nano, base, residual, file' },
  )
  .describe('The network to train.');

const adamFields = {
  beta1: number(0, 0.999_999).default(0.9).describe('Decay of the first moment.'),
  beta2: number(0, 0.999_999_999).default(0.999).describe('Decay of the second moment.'),
  epsilon: number(1e-12, 1).default(1e-7).describe('Added to the denominator.'),
};

const optimizerSchema = z
  .discriminatedUnion(
    'kind',
    [
      record({ kind: z.literal('adam'), ...adamFields }),
      record({
        kind: z.literal('adamw'),
        ...adamFields,
        weightDecay: number(0, 10)
          .default(0.004)
          .describe('Decoupled weight decay of kernels, multiplied by the learning rate.'),
      }),
      record({
        kind: z.literal('sgd'),
        momentum: number(0, 0.999_999).default(0).describe('Momentum; 0 for none.'),
        nesterov: boolean().default(false).describe('Whether to use Nesterov momentum.'),
        weightDecay: number(0, 10)
          .default(0)
          .describe('Decoupled weight decay of kernels, multiplied by the learning rate.'),
      }),
    ],
    { error: 'an object whose kind is one of adam, adamw, sgd' },
  )
  .describe('The optimizer.');

const classWeightsSchema = z
  .union([oneOf(['none', 'balanced', 'sqrt']), z.record(z.string(), number(0, 1000))], {
    error: 'none, balanced, sqrt or an object with a weight for each label',
  })
  .describe(
    'Weights of labels in the loss: "none" (all 1), "balanced" (pictures ÷ (labels × pictures of the label)), "sqrt" (proportional to the square root of that), or a weight per label, 1 for labels that are not named.',
  );

const TEACHER = 'an installed model or the path of a model file';
const TEACHERS = `${TEACHER}, or a list of them`;

const recipeSchema = record({
  preset: oneOf(PRESET_NAMES).describe(
    "The settings that this recipe starts from: paper (Table 1 of the paper), original (the training script of the network's authors), fer2013 (used for the shipped weights), robust (fer2013 with augmentation of light, quality and erasing).",
  ),
  network: networkSchema,
  inputSize: whole(16, 512).describe(
    "Width and height of the network's input in pixels; a network from a file keeps its own.",
  ),
  seed: whole(0).describe('Seed of initial weights, order of pictures, augmentation, mixup and dropout.'),
  batchSize: whole(1, 4096).describe('Pictures per update.'),
  epochs: whole(1, 100_000).describe('Maximum number of epochs.'),
  patience: whole(1)
    .nullable()
    .describe('Early stopping after this many epochs without improvement; null for none.'),
  optimizer: optimizerSchema,
  learningRate: number(0, 10).describe('Peak learning rate of the schedule.'),
  schedule: oneOf(['constant', 'cosine']).describe(
    'Learning rate after the warm-up: constant, or falling to 0 along half a cosine.',
  ),
  warmupEpochs: number(0, 100_000).describe(
    'Epochs of linear warm-up of the learning rate from 0, also fractional; fewer than epochs.',
  ),
  reduceLearningRate: record({
    factor: number(0.001, 0.999).describe('Factor on the learning rate.'),
    patience: whole(1).describe('Epochs without improvement before the reduction.'),
    minLearningRate: number(0, 10).default(0).describe('Lower limit of the learning rate.'),
  })
    .nullable()
    .describe('Reduces the learning rate on a plateau (ReduceLROnPlateau); null for none.'),
  labelSmoothing: number(0, 0.9).describe(
    'Label smoothing: share of each target that is distributed evenly over all labels.',
  ),
  classWeights: classWeightsSchema,
  logitAdjustment: number(0, 10).describe(
    "Logit adjustment: adds this times the logarithm of each label's share of the training pictures to the logits in training, so that rare labels are predicted more often; 0 for none, 1 for balanced (Menon et al. 2021). Does not apply to the teachers' term.",
  ),
  softLabels: oneOf(['use', 'ignore']).describe(
    'Whether to use the label distributions of the data, such as the votes of FER+, or only the most likely label.',
  ),
  distillation: record({
    teacher: z
      .union([text(TEACHER), z.array(text(TEACHER), { error: TEACHERS }).min(1, { error: TEACHERS })], {
        error: TEACHERS,
      })
      .transform((teacher) => (typeof teacher === 'string' ? [teacher] : teacher))
      .describe(
        'Installed model or path of a model file, relative to the working directory, or a list of them, whose probabilities are averaged.',
      ),
    temperature: number(1, 100).describe(
      "Temperature: divides the logits of teachers and student in the teachers' term of the loss.",
    ),
    weight: number(0, 1).describe("Weight of the teachers' term in the loss; the labels' term has the rest."),
  })
    .nullable()
    .describe('Knowledge distillation from other models; null for none.'),
  mixup: record({
    alpha: number(0.01, 10).describe('Parameter of the Beta distribution of the mixing factor.'),
  })
    .nullable()
    .describe('Mixup of pairs of pictures and their targets; null for none.'),
  emaDecay: number(0, 0.999_999).describe(
    'Decay per update of the exponential moving average of weights, which is then validated and saved; 0 for none.',
  ),
  augmentation: augmentationSchema.nullable().describe('Augmentation of training pictures; null for none.'),
  validation: z
    .union(
      [
        record({
          fraction: number(0.001, 0.9).describe(
            'Share of the training split, its last rows, that is used only for validation.',
          ),
        }),
        record({
          fractionOfAll: number(0.001, 0.9).describe(
            'Share of all rows of the file, its last ones, whatever their splits, that is used only for validation; the others are trained on.',
          ),
        }),
        record({
          heldOut: number(0.001, 0.9).describe(
            'Approximate share of the training split, chosen by a hash of the pixels, that is used only for validation. Exact duplicates are on the same side.',
          ),
        }),
        record({
          split: text('the name of a split').describe('Another split of the data, such as PublicTest.'),
        }),
      ],
      { error: 'an object with one of fraction, fractionOfAll, heldOut, split' },
    )
    .describe('The pictures for validation after each epoch.'),
  monitor: oneOf(['val_loss', 'val_accuracy']).describe(
    'The metric for the best checkpoint, patience and reduceLearningRate.',
  ),
});

export type Recipe = Readonly<z.infer<typeof recipeSchema>>;
export type NetworkRecipe = Recipe['network'];
export type Validation = Recipe['validation'];
/** The metric that defines the best epoch. */
export type Monitor = Recipe['monitor'];

/** The content of a recipe file: a preset, and the fields that differ from it. */
export const recipeFileSchema = recipeSchema
  .partial()
  .extend({
    $schema: z.string({ error: 'a text' }).optional().describe('Path of this schema, for editors.'),
    augmentation: augmentationSchema
      .partial()
      .nullable()
      .optional()
      .describe(
        'Augmentation of training pictures: the strengths that differ from the preset; null for none.',
      ),
  })
  .meta({
    title: 'Recipe of mien train',
    description: 'Settings of a training run: a preset, and the fields that differ from it.',
  });

export type RecipeFile = Readonly<z.infer<typeof recipeFileSchema>>;
