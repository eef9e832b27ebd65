/** How far work is that is counted, such as pictures that were read or measured. */
export interface CountedProgress {
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: CountedProgress) => void;
