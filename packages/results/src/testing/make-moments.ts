/** Moments of recordings that never were. */
import type { Face } from '@mien/core';
import type { KeptMoment } from '../frame-result.js';
import { GOOD_QUALITY } from './good-quality.js';

export interface MadeUpFace {
  readonly id?: number;
  /** By label, of the frame alone; what is missing is 0. */
  readonly read: Readonly<Record<string, number>>;
  /** Default: as read. */
  readonly steadied?: Readonly<Record<string, number>>;
  readonly unsure?: boolean;
  readonly verdict?: Face['quality']['verdict'];
}

/** A face of footage, unless it is said to be a picture's. */
function makeFace(
  { id, read, steadied = read, unsure = false, verdict = 'good' }: MadeUpFace,
  isPicture = false,
): Face {
  const box = { x: 10, y: 10, width: 40, height: 40 };
  const smoothed = { box, probabilities: steadied, expression: mostOf(steadied), sinceMs: 0 };
  return {
    ...(id !== undefined && { id }),
    box,
    score: 0.9,
    probabilities: read,
    expression: mostOf(read),
    ...(!isPicture && { smoothed }),
    quality: { ...GOOD_QUALITY, verdict },
    unsure,
  };
}

/** @param timestampMs absent for a picture */
export function makeMoment(
  timestampMs: number | undefined,
  faces: readonly MadeUpFace[],
  pictures?: KeptMoment['pictures'],
): KeptMoment {
  return {
    source: 'talk.mp4',
    width: 640,
    height: 480,
    ...(timestampMs !== undefined && { timestampMs, searched: true }),
    model: 'made-up',
    detector: 'made-up too',
    faces: faces.map((face) => makeFace(face, timestampMs === undefined)),
    ...(pictures !== undefined && { pictures }),
  };
}

/** As they would be read from a journal. */
export function replay(moments: readonly KeptMoment[]): () => AsyncGenerator<KeptMoment, void, void> {
  return async function* () {
    yield* moments;
  };
}

function mostOf(probabilities: Readonly<Record<string, number>>): string {
  return Object.entries(probabilities).reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}
