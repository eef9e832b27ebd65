/** A summary of one recording, for timelines and reports. Its size does not depend on the length of the recording. */
import type { Verdict } from '@mien/core';
import type { Column, TimeSpan } from './time-columns.js';

/** Why a reading is unsure: a defect of the face's picture, or (`margin`) no expression that is clearly ahead. */
export type UnsureReason = Exclude<Verdict, 'good'> | 'margin';

export interface Recording extends TimeSpan {
  /** The model's labels, in their order: `shown` and all counts by label refer to them. */
  readonly labels: readonly string[];
  /** Size of the first frame in pixels. */
  readonly width: number;
  readonly height: number;
  readonly model: string;
  readonly detector: string;
  /** Number of analysed frames. */
  readonly frames: number;
  /** Mean time from a frame to the next; 1000 for a single frame. The last one may be held shorter, until the end. */
  readonly intervalMs: number;
  /** Number of frames with faces, and of faces in all frames. */
  readonly framesWithFaces: number;
  readonly faces: number;
  /** Detections that were too brief to become a face with an id. */
  readonly unconfirmed: number;
  /** The people that are described individually, by id. */
  readonly people: readonly Person[];
  readonly others: Others;
}

/** A face that was followed. Its identity is unknown. */
export interface Person {
  readonly id: number;
  readonly tally: Tally;
  readonly firstMs: number;
  /** Time of its last frame. */
  readonly lastMs: number;
  /** Smoothed over time, and as read from each frame alone; see `TimeColumns`. */
  readonly smoothed: readonly (Column | undefined)[];
  readonly asRead: readonly (Column | undefined)[];
  /** At most one per label, in the order of the labels. */
  readonly examples: readonly Example[];
}

/** Counts of readings: of one face in many frames, or of many faces. */
export interface Tally {
  readonly readings: number;
  /** Sure readings by label. */
  readonly shown: readonly number[];
  /** Unsure readings by reason. */
  readonly unsure: ReadonlyMap<UnsureReason, number>;
}

/** The frame with the highest probability of an expression. */
export interface Example {
  readonly label: string;
  readonly timestampMs: number;
  readonly probability: number;
  /** JPEG in base64. */
  readonly picture: string;
}

/** The people that are not described individually, because they are too many or were seen too rarely. */
export interface Others {
  readonly people: number;
  /** Sum over all of them. */
  readonly frames: number;
  /** How many of them were seen at the same time; see `CrowdColumns`. */
  readonly columns: readonly number[];
}
