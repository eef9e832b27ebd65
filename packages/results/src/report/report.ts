/** What a report tells of: a training run, a measured model, or both. Parts that are not at hand are left out. */
import type { Dataset, EpochSummary, RowsEvaluation } from '@mien/train';

export interface Report {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  readonly course?: TrainingCourse;
  readonly measurement?: Measurement;
  readonly counts?: DataCounts;
  /** Any plain record: shown field by field, and as JSON to copy. */
  readonly recipe?: object;
  readonly environment: readonly Fact[];
}

/** A name and what it is. */
export type Fact = readonly [name: string, value: string];

export interface TrainingCourse {
  readonly history: readonly EpochSummary[];
  /** `undefined` before an epoch is complete. */
  readonly best: EpochSummary | undefined;
  /** Why it ended, as a sentence. */
  readonly ending: string;
}

export interface Measurement {
  /** Which pictures, as in “PublicTest”. */
  readonly subject: string;
  readonly evaluation: RowsEvaluation;
  readonly withoutDuplicates?: { readonly count: number; readonly accuracy: number } | undefined;
  /** Where the rows of the evaluation are from. */
  readonly dataset: Dataset;
  readonly encodePicture: EncodePicture;
}

/** Makes a picture of grey pixels, at most `maxSide` pixels wide and high, as a `data:` address. */
export type EncodePicture = (
  picture: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  maxSide: number,
) => Promise<string>;

/** Pictures of each label in parts of the data. */
export interface DataCounts {
  readonly labels: readonly string[];
  readonly parts: readonly { readonly name: string; readonly counts: readonly number[] }[];
}
