/** Figures of a model that comes with the studio. */
export interface BundledFigures {
  readonly sizeBytes: number;
  /** Absent for a cascade, which takes windows of any size. */
  readonly input?: { readonly width: number; readonly height: number; readonly channels: number };
  /** Absent for what is no network. */
  readonly parameters?: number;
  /** 0…1, where the manifest states one. */
  readonly accuracy?: number;
  /** The data and split of `accuracy`. */
  readonly measuredOn?: string;
}
