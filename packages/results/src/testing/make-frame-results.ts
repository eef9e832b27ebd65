/** Synthetic results of frames. */
import type { Face } from '@mien/core';
import type { FrameRecord } from '../frame-result.js';
import { GOOD_QUALITY } from './good-quality.js';

export interface SyntheticFace {
  readonly id?: number;
  /** Probabilities by label, of this frame alone; missing labels are 0. */
  readonly read: Readonly<Record<string, number>>;
  /** Default: `read`. */
  readonly smoothed?: Readonly<Record<string, number>>;
  readonly unsure?: boolean;
  readonly verdict?: Face['quality']['verdict'];
}

/** A face of a video, or of a picture. */
function makeFace(
  { id, read, smoothed: shown = read, unsure = false, verdict = 'good' }: SyntheticFace,
  isPicture = false,
): Face {
  const box = { x: 10, y: 10, width: 40, height: 40 };
  const smoothed = { box, probabilities: shown, expression: mostOf(shown), sinceMs: 0 };
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
export function makeFrameResult(
  timestampMs: number | undefined,
  faces: readonly SyntheticFace[],
  pictures?: FrameRecord['pictures'],
): FrameRecord {
  return {
    source: 'talk.mp4',
    width: 640,
    height: 480,
    ...(timestampMs !== undefined && { timestampMs, searched: true }),
    model: 'synthetic',
    detector: 'synthetic-detector',
    faces: faces.map((face) => makeFace(face, timestampMs === undefined)),
    ...(pictures !== undefined && { pictures }),
  };
}

/** As a journal would be read: again and again. */
export function replay(frames: readonly FrameRecord[]): () => AsyncGenerator<FrameRecord, void, void> {
  return async function* () {
    yield* frames;
  };
}

function mostOf(probabilities: Readonly<Record<string, number>>): string {
  return Object.entries(probabilities).reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}
