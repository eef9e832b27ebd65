/**
 * Everything that decides how a training run goes, as one plain record.
 *
 * A recipe and a dataset determine the weights bit for bit (on one build of the kernels); it travels inside every
 * checkpoint, and a run is resumed with the recipe that it was started with.
 *
 * The schema below is the only description of a recipe. The type of the code, the check of what comes from outside
 * (parse-recipe.ts) and the JSON Schema that editors read (recipe.schema.json) derive from it.
 */
import { z } from 'zod';
import { augmentationSchema } from '../augment/augmentation.js';
import { boolean, number, oneOf, record, text, whole } from './recipe-fields.js';

export const PRESET_NAMES = ['paper', 'original', 'fer2013', 'robust'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const filters = z
  .array(whole(1, 4096), { error: 'a list of 1 to 8 whole numbers' })
  .min(1, { error: 'a list of 1 to 8 whole numbers' })
  .max(8, { error: 'a list of 1 to 8 whole numbers' });

const dropout = (rate: number): z.ZodDefault<z.ZodNumber> =>
  number(0, 0.9)
    .default(rate)
    .describe('Part of the features that each update leaves out before the last layer.');

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
          'Channels of each stage; every stage after the first halves width and height.',
        ),
        blocksPerStage: whole(1, 32).default(2).describe('Residual blocks of each stage.'),
        squeezeExcitation: number(0, 64)
          .default(0)
          .describe(
            'Ends each block with squeeze-and-excitation, whose channels are divided by this; 0 for without.',
          ),
        dropout: dropout(0),
      }),
      record({
        kind: z.literal('file'),
        path: text('the path of a model file').describe(
          'A model file of any format (relative to the working directory) or an installed model, whose weights training starts from: fine-tuning.',
        ),
      }),
    ],
    { error: 'a record whose kind is one of mini-xception, big-xception, nano, base, residual, file' },
  )
  .describe('The network to train.');

const adamFields = {
  beta1: number(0, 0.999_999).default(0.9).describe('Decay of the mean of gradients.'),
  beta2: number(0, 0.999_999_999).default(0.999).describe('Decay of the mean of squared gradients.'),
  epsilon: number(1e-12, 1).default(1e-7).describe('Keeps the division finite.'),
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
          .describe('Part of each kernel that an update takes away, times the learning rate.'),
      }),
      record({
        kind: z.literal('sgd'),
        momentum: number(0, 0.999_999).default(0).describe('Part of the last update that is kept.'),
        nesterov: boolean().default(false).describe("Whether momentum is Nesterov's."),
        weightDecay: number(0, 10)
          .default(0)
          .describe('Part of each kernel that an update takes away, times the learning rate.'),
      }),
    ],
    { error: 'a record whose kind is one of adam, adamw, sgd' },
  )
  .describe('How gradients change weights.');

const classWeightsSchema = z
  .union([oneOf(['none', 'balanced', 'sqrt']), z.record(z.string(), number(0, 1000))], {
    error: 'none, balanced, sqrt or a record of a weight for each label',
  })
  .describe(
    'What the pictures of a label count in the loss: "none" (all 1), "balanced" (pictures ÷ (labels × pictures of the label)), "sqrt" (in proportion to the square root of that), or a weight by label, 1 where a label is not named.',
  );

const TEACHER = 'an installed model or the path of a model file';
const TEACHERS = `${TEACHER}, or a list of them`;

const recipeSchema = record({
  preset: oneOf(PRESET_NAMES).describe(
    "The settings that this recipe starts from: paper (Table 1 of the paper), original (the training script of the network's authors), fer2013 (what the shipped weights come from), robust (fer2013 with other light, low quality and erasing).",
  ),
  network: networkSchema,
  inputSize: whole(16, 512).describe(
    "Width and height of the network's input in pixels; a network from a file keeps its own.",
  ),
  seed: whole(0).describe('Decides initial weights, order of pictures, augmentation, mixup and dropout.'),
  batchSize: whole(1, 4096).describe('Pictures in one update.'),
  epochs: whole(1, 100_000).describe('Epochs at most.'),
  patience: whole(1)
    .nullable()
    .describe('Epochs without improvement after which training stops (EarlyStopping); null for never.'),
  optimizer: optimizerSchema,
  learningRate: number(0, 10).describe('The highest learning rate of the schedule.'),
  schedule: oneOf(['constant', 'cosine']).describe(
    'Course of the learning rate after the warm-up: constant, or falling to 0 along half a cosine.',
  ),
  warmupEpochs: number(0, 100_000).describe(
    'Epochs, also parts of one, over which the learning rate rises from 0; fewer than epochs.',
  ),
  reduceLearningRate: record({
    factor: number(0.001, 0.999).describe('What the learning rate is multiplied by.'),
    patience: whole(1).describe('Epochs without improvement before it is.'),
    minLearningRate: number(0, 10).default(0).describe('What it does not fall below.'),
  })
    .nullable()
    .describe('Lowers the learning rate when improvement stops (ReduceLROnPlateau); null for never.'),
  labelSmoothing: number(0, 0.9).describe('Part of each target that is spread evenly over all labels.'),
  classWeights: classWeightsSchema,
  logitAdjustment: number(0, 10).describe(
    "Adds this times the logarithm of each label's share of the training pictures to the logits in training, so that rare labels are found more often; 0 for none, 1 for all labels alike (Menon et al. 2021). Not part of the teachers' term.",
  ),
  softLabels: oneOf(['use', 'ignore']).describe(
    'Whether to train on the label distributions of data that has some, such as the votes of FER+, or on the most likely label alone.',
  ),
  distillation: record({
    teacher: z
      .union([text(TEACHER), z.array(text(TEACHER), { error: TEACHERS }).min(1, { error: TEACHERS })], {
        error: TEACHERS,
      })
      .transform((teacher) => (typeof teacher === 'string' ? [teacher] : teacher))
      .describe(
        'An installed model or the path of a model file, relative to the working directory, or a list of them, whose mean probabilities are learnt from.',
      ),
    temperature: number(1, 100).describe(
      "Divides the logits of teachers and student in the teachers' term of the loss; 1 leaves them as they are.",
    ),
    weight: number(0, 1).describe("Part of the loss that is the teachers' term; the label's has the rest."),
  })
    .nullable()
    .describe('Learns from the probabilities of other models as well; null for labels alone.'),
  mixup: record({
    alpha: number(0.01, 10).describe('Shape of the Beta distribution that the shares are drawn from.'),
  })
    .nullable()
    .describe('Trains on mixtures of two pictures and their targets; null for single pictures.'),
  emaDecay: number(0, 0.999_999).describe(
    'Decay per update of the moving average of the weights, which is then what is validated and saved; 0 for none.',
  ),
  augmentation: augmentationSchema
    .nullable()
    .describe('How training pictures are varied; null for not at all.'),
  validation: z
    .union(
      [
        record({
          fraction: number(0.001, 0.9).describe(
            'The last part of the rows of the training split, which are then not trained on.',
          ),
        }),
        record({
          heldOut: number(0.001, 0.9).describe(
            'About this part of the training split, chosen by a hash of the pixels, which is then not trained on: exact repeats of a picture are on the same side.',
          ),
        }),
        record({
          split: text('the name of a split').describe('Another split of the data, such as PublicTest.'),
        }),
      ],
      { error: 'a record of one of fraction, heldOut, split' },
    )
    .describe('Where the pictures come from that every epoch is measured on.'),
  monitor: oneOf(['val_loss', 'val_accuracy']).describe(
    'What improvement means, for the best checkpoint, patience and reduceLearningRate.',
  ),
});

export type Recipe = Readonly<z.infer<typeof recipeSchema>>;
export type NetworkRecipe = Recipe['network'];
export type Validation = Recipe['validation'];
/** What decides whether an epoch is better than all before it. */
export type Monitor = Recipe['monitor'];

/** What stands in a recipe file: a preset, and the fields that differ from it. */
export const recipeFileSchema = recipeSchema
  .partial()
  .extend({
    $schema: z.string({ error: 'a text' }).optional().describe('Where an editor finds this schema.'),
    augmentation: augmentationSchema
      .partial()
      .nullable()
      .optional()
      .describe(
        "How training pictures are varied, by the strengths that differ from the preset's; null for not at all.",
      ),
  })
  .meta({
    title: 'Recipe of mien train',
    description: 'How a network is trained: a preset, and what differs from it.',
  });

export type RecipeFile = Readonly<z.infer<typeof recipeFileSchema>>;
