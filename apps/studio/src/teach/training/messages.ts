/** Messages between the page and the worker that trains. */
import type { BatchProgress, ClassificationMetrics, EpochSummary, TrainingPlan } from '@mien/train';
import type { ModelExtension } from '@mien/formats/model-file';
import type { TeachSettings } from '../../state/teach-settings.js';
import type { Size } from '../labels/grey-picture.js';

/** Pictures of a label, one after the other. */
export interface LabelPictures {
  readonly name: string;
  readonly images: Uint8Array;
}

export interface GatheredData extends Size {
  readonly labels: readonly LabelPictures[];
}

/** Models of the studio, by their ids. */
export const BUNDLED_BASES = ['nano', 'mini-xception'] as const;
export type BundledBase = (typeof BUNDLED_BASES)[number];

/** The model to start from: one of the studio's, or a file. */
export type BaseModel =
  | BundledBase
  | {
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly manifest?: unknown;
      readonly labels?: readonly string[];
      readonly inputRange?: readonly [low: number, high: number];
    };

export type TrainRequest =
  | { readonly kind: 'openCsv'; readonly file: File }
  | {
      readonly kind: 'train';
      /** `undefined` for the CSV that was opened. */
      readonly data: GatheredData | undefined;
      readonly settings: TeachSettings;
      /** `undefined` for a new network. */
      readonly base: BaseModel | undefined;
    }
  | { readonly kind: 'stop' }
  | { readonly kind: 'export'; readonly extension: ModelExtension };

export interface CsvSummary {
  readonly name: string;
  readonly labels: readonly string[];
  readonly splits: readonly { readonly name: string; readonly count: number }[];
}

/** What came of a run: its best epoch. */
export interface Trained {
  readonly labels: readonly string[];
  readonly metrics: ClassificationMetrics;
  readonly epoch: EpochSummary;
  readonly history: readonly EpochSummary[];
  /** Of the model that was started from, on the same held-out pictures, where it has all their labels. */
  readonly before: { readonly name: string; readonly accuracy: number } | undefined;
  /** To open the network with: safetensors and its manifest. */
  readonly file: Uint8Array;
  readonly manifest: unknown;
}

export type TrainAnswer =
  | { readonly kind: 'csvProgress'; readonly rows: number }
  | { readonly kind: 'csv'; readonly summary: CsvSummary }
  | { readonly kind: 'started'; readonly plan: TrainingPlan }
  | { readonly kind: 'batch'; readonly progress: BatchProgress }
  | { readonly kind: 'epoch'; readonly summary: EpochSummary }
  /** `undefined` where it was stopped before the first epoch ended. */
  | { readonly kind: 'trained'; readonly trained: Trained | undefined }
  | { readonly kind: 'exported'; readonly extension: ModelExtension; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly task: TrainRequest['kind']; readonly message: string };
