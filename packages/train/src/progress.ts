/** Progress of counted work, such as reading or evaluating pictures. */
export interface CountedProgress {
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: CountedProgress) => void;
