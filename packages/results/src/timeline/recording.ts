/** What a timeline and a report tell of one recording: small, however long the recording is. */
import type { Verdict } from '@mien/core';
import type { Column, TimeSpan } from './time-columns.js';

/** Why a reading is unsure: what is wrong with the picture of the face, or two expressions that are nearly as probable. */
export type UnsureReason = Exclude<Verdict, 'good'> | 'margin';

export interface Recording extends TimeSpan {
  /** Of the model, in their order: what `shown` and all counts by label refer to. */
  readonly labels: readonly string[];
  /** Of the first frame in pixels. */
  readonly width: number;
  readonly height: number;
  readonly model: string;
  readonly detector: string;
  readonly moments: number;
  /** Moments with a face in them, and the faces in all of them together. */
  readonly momentsWithFaces: number;
  readonly faces: number;
  /** Finds that never became a face with a number: they were gone too soon. */
  readonly unconfirmed: number;
  /** Those who are told of one by one, by their numbers. */
  readonly people: readonly Person[];
  readonly others: Others;
}

/** A face that was followed; who it is, is neither known nor asked. */
export interface Person {
  readonly id: number;
  readonly tally: Tally;
  readonly firstMs: number;
  /** When it was last looked at. */
  readonly lastMs: number;
  /** Steadied over time, and as each frame alone was read; see `TimeColumns`. */
  readonly steadied: readonly (Column | undefined)[];
  readonly asRead: readonly (Column | undefined)[];
  /** At most one for every label, in their order. */
  readonly examples: readonly Example[];
}

/** Moments of a face, or of several, by what was read. */
export interface Tally {
  readonly moments: number;
  /** By label, of the moments that are sure. */
  readonly shown: readonly number[];
  /** Of the moments that are not. */
  readonly unsure: ReadonlyMap<UnsureReason, number>;
}

/** The surest moment of an expression. */
export interface Example {
  readonly label: string;
  readonly timestampMs: number;
  readonly probability: number;
  /** JPEG in base64. */
  readonly picture: string;
}

/** Everyone else: too many, or seen too little, to be told of one by one. */
export interface Others {
  readonly people: number;
  /** Moments of all of them together. */
  readonly moments: number;
  /** How many of them there were at the same time; see `CrowdColumns`. */
  readonly columns: readonly number[];
}
