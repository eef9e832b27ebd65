import type { Analysis, Face } from '@mien/core';

/** The analysis of one frame of a source: a picture, or a sampled frame of a video. One element of JSON output. */
export interface FrameResult extends Analysis {
  /** The source as it was given. */
  readonly source: string;
  /** Present if the frame was analysed at a reduced size: by this factor. Coordinates are in pixels of the source. */
  readonly reducedBy?: 2 | 4;
}

/** A result as it is stored while its source is being analysed. */
export interface FrameRecord extends FrameResult {
  /** Faces cut out of the frame for a report: JPEG in base64, by index into `faces`. */
  readonly pictures?: Readonly<Record<number, string>>;
}

/** The result alone, for output. */
export function withoutPictures(record: FrameRecord): FrameResult {
  const result: FrameResult & { pictures?: unknown } = { ...record };
  delete result.pictures;
  return result;
}

/** The reading that is shown for a face: the smoothed one if the face was followed, otherwise that of this frame. */
export function shownReading(face: Face): Pick<Face, 'expression' | 'probabilities'> {
  return face.smoothed ?? face;
}

/** The name of a face: its id, or its number within a picture. `undefined` for a face of a video that has no id yet. */
export function faceName({ timestampMs }: FrameResult, face: Face, index: number): string | undefined {
  return face.id === undefined && timestampMs !== undefined ? undefined : String(face.id ?? index + 1);
}
