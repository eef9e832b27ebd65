/** The content of a report: a training run, an evaluation, or both. Missing parts are left out. */
import type { Dataset, EpochSummary, ModelMeasurement, RowsEvaluation } from '@mien/train';

export interface Report {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  readonly course?: TrainingCourse;
  readonly measurement?: Measurement;
  readonly counts?: DataCounts;
  /** Any plain record; shown as a table, and as JSON to copy. */
  readonly recipe?: object;
  readonly environment: readonly Fact[];
}

/** A name and its value. */
export type Fact = readonly [name: string, value: string];

export interface TrainingCourse {
  readonly history: readonly EpochSummary[];
  /** `undefined` before the first epoch is complete. */
  readonly best: EpochSummary | undefined;
  /** Why it ended, as a sentence. */
  readonly ending: string;
}

export interface Measurement {
  /** The pictures, such as “PublicTest”. */
  readonly subject: string;
  readonly evaluation: RowsEvaluation;
  readonly withoutDuplicates?: { readonly count: number; readonly accuracy: number } | undefined;
  /** Intervals, calibration, sure readings, worse pictures, groups: of the same readings. */
  readonly trust?: ModelMeasurement;
  /** The dataset that the rows of the evaluation belong to. */
  readonly dataset: Dataset;
  readonly encodePicture: EncodePicture;
}

/** Encodes grey pixels as a `data:` URL of a picture, at most `maxSide` pixels wide and high. */
export type EncodePicture = (
  picture: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  maxSide: number,
) => Promise<string>;

/** Number of pictures per label, in parts of the data. */
export interface DataCounts {
  readonly labels: readonly string[];
  readonly parts: readonly { readonly name: string; readonly counts: readonly number[] }[];
}
