import type { Analysis, Face } from '@mien/core';

/** What was seen in one frame of a source: one element of what `mien analyze --format json` prints. */
export interface Moment extends Analysis {
  /** The source as it was given. */
  readonly source: string;
  /** Where frames are too large to be looked at as they are: they were made smaller by this factor. All is in the source's pixels. */
  readonly reducedBy?: 2 | 4;
}

/** A moment as it is kept while its source is worked on. */
export interface KeptMoment extends Moment {
  /** Faces cut out of its frame for a report: JPEG in base64, by their place among the faces. */
  readonly pictures?: Readonly<Record<number, string>>;
}

/** As it is told to everyone else. */
export function withoutPictures(kept: KeptMoment): Moment {
  const moment: Moment & { pictures?: unknown } = { ...kept };
  delete moment.pictures;
  return moment;
}

/** What is shown of a face: steadied where it was followed, else the reading of this frame. */
export function shownOf(face: Face): Pick<Face, 'expression' | 'probabilities'> {
  return face.smoothed ?? face;
}

/** What a person calls a face: its id, or its place in a picture, where nobody is followed. Nothing until it is confirmed. */
export function nameOf({ timestampMs }: Moment, face: Face, index: number): string | undefined {
  return face.id === undefined && timestampMs !== undefined ? undefined : String(face.id ?? index + 1);
}
