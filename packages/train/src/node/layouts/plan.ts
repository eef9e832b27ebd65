/**
 * A plan lists the pictures of a collection with label, person and split, before any picture is decoded.
 *
 * Each layout has a file in this folder that turns a folder into a plan. Decoding, cropping, label maps and splitting by
 * person are shared and come after planning.
 */
import type { Box, MienError } from '@mien/core';
import type { CountedProgress } from '../../progress.js';

export interface PlannedPicture {
  /** Path of the file. */
  readonly path: string;
  /** Path within the collection, with `/`. */
  readonly source: string;
  /** The collection's name for the label, or ours when it has only a code or number. */
  readonly label: string;
  /** The published split, if any. */
  readonly split?: string;
  /** The person, if known. */
  readonly subject?: string;
  /** The face in the picture, each number a share of its width or height; default: the whole picture. */
  readonly box?: Box;
}

export interface Plan {
  readonly pictures: readonly PlannedPicture[];
  /** Whether pictures are whole photographs, in which the face must be detected, rather than cropped faces. */
  readonly wholePhotographs: boolean;
}

/** Events while a collection is read. */
export interface ReadEvents {
  /** Pictures read so far; the total of a CSV is estimated. */
  onProgress?(progress: CountedProgress): void;
  /** A file that cannot be read. Without this handler the first such file rejects. */
  onUnreadable?(source: string, error: MienError): void;
  /** A readable picture that is not part of the dataset, and why. */
  onLeftOut?(source: string, reason: string): void;
  /** Original size of a picture. */
  onPicture?(source: string, width: number, height: number): void;
}

/** Reports an unreadable file, or throws when there is no handler. */
export function reportUnreadable(events: ReadEvents, source: string, error: MienError): void {
  if (events.onUnreadable === undefined) throw error;
  events.onUnreadable(source, error);
}
