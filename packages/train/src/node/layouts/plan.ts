/**
 * A plan lists the pictures of a collection before any is decoded: which file shows what, of whom, in which split.
 *
 * Each published layout is a file beside this one that turns a folder into a plan; what they share (decoding, cropping,
 * label maps, splitting by person) happens once, after planning.
 */
import type { MienError } from '@mien/core';
import type { CountedProgress } from '../../progress.js';

export interface PlannedPicture {
  /** Where the file lies. */
  readonly path: string;
  /** The path within the collection, joined by `/`. */
  readonly source: string;
  /** As the collection means it: its own name, or ours where it has only a code or a number. */
  readonly label: string;
  /** The published split, where there is one. */
  readonly split?: string;
  /** The person, where the collection says who it is. */
  readonly subject?: string;
}

export interface Plan {
  readonly pictures: readonly PlannedPicture[];
  /** Whole photographs, in which the face is to be found; otherwise the pictures are faces. */
  readonly wholePhotographs: boolean;
}

/** What happens on the way from a folder to a dataset. */
export interface ReadEvents {
  /** Pictures that were read; how many there are of a CSV is estimated from how far it was read. */
  onProgress?(progress: CountedProgress): void;
  /** A file that cannot be read. Without this event the first one rejects. */
  onUnreadable?(source: string, error: MienError): void;
  /** A picture that is well and not part of the dataset, and why. */
  onLeftOut?(source: string, reason: string): void;
  /** The size of a picture as it is stored. */
  onPicture?(source: string, width: number, height: number): void;
}

/** Tells of an unreadable file, or rejects. */
export function reportUnreadable(events: ReadEvents, source: string, error: MienError): void {
  if (events.onUnreadable === undefined) throw error;
  events.onUnreadable(source, error);
}
