/** Named recipes that a recipe file or the command line starts from. */
import { PAPER_AUGMENTATION, ROBUST_AUGMENTATION } from '../augment/augmentation.js';
import type { PresetName, Recipe } from './recipe.js';

/** Table 1 of the paper; Adam and augmentation as in the training script of the network's authors. */
const PAPER: Recipe = {
  preset: 'paper',
  network: { kind: 'mini-xception' },
  inputSize: 48,
  seed: 1,
  batchSize: 32,
  epochs: 50,
  patience: 10_000,
  optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  learningRate: 0.001,
  schedule: 'constant',
  warmupEpochs: 0,
  reduceLearningRate: null,
  labelSmoothing: 0,
  classWeights: 'none',
  logitAdjustment: 0,
  softLabels: 'use',
  distillation: null,
  mixup: null,
  emaDecay: 0,
  augmentation: PAPER_AUGMENTATION,
  validation: { fraction: 0.2 },
  monitor: 'val_loss',
};

/** Trained on all of Training, validated on PublicTest; used for the shipped weights. */
const FER2013: Recipe = {
  ...PAPER,
  preset: 'fer2013',
  epochs: 60,
  patience: null,
  learningRate: 0.002,
  schedule: 'cosine',
  warmupEpochs: 1,
  emaDecay: 0.999,
  validation: { split: 'PublicTest' },
};

export const PRESETS: Readonly<Record<PresetName, Recipe>> = {
  paper: PAPER,

  /**
   * The training script of the network's authors, with its callbacks. It validates on the last fifth of the whole file,
   * which in FER2013 is PublicTest and PrivateTest, and its Keras has another epsilon. docs/TRAINING.md names what still
   * differs.
   * Ref: https://github.com/oarriaga/face_classification, `src/train_emotion_classifier.py`
   */
  original: {
    ...PAPER,
    preset: 'original',
    inputSize: 64,
    epochs: 10_000,
    patience: 50,
    optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    validation: { fractionOfAll: 0.2 },
    reduceLearningRate: { factor: 0.1, patience: Math.trunc(50 / 4), minLearningRate: 0 },
  },

  fer2013: FER2013,

  /** For pictures unlike FER2013's: poor light, webcams, video calls, hands in front of the face. */
  robust: { ...FER2013, preset: 'robust', augmentation: ROBUST_AUGMENTATION },
};
