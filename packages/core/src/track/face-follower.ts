/**
 * Who is who over time, and what each of them shows, steadied: the state between moments, owned by whoever holds it.
 */
import { MienError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { Face, Smoothed } from '../result.js';
import { ExpressionSmoother } from './expression-smoother.js';
import { FaceTracker, type Track } from './face-tracker.js';

export interface FaceFollowerOptions {
  readonly labels: readonly string[];
  readonly reactMs: number;
  /** From this score of the detector on, a find is a face at once. */
  readonly sureScore: number;
}

export interface FollowedFace {
  /** Absent until the face is confirmed. */
  readonly id: number | undefined;
  readonly smoothed: Smoothed;
}

export class FaceFollower {
  readonly #options: FaceFollowerOptions;
  readonly #tracker: FaceTracker;
  /** Goes with its track. */
  readonly #smoothers = new WeakMap<Track, ExpressionSmoother>();
  #lastMs = -Infinity;

  constructor(options: FaceFollowerOptions) {
    this.#options = options;
    this.#tracker = new FaceTracker(options.sureScore);
  }

  /** @throws MienError `USAGE` for a time that is none, or before the last one */
  checkTime(timestampMs: number): void {
    if (!Number.isFinite(timestampMs)) {
      throw new MienError(
        'USAGE',
        `analyzeFrame: timestampMs must be a number of milliseconds, got ${timestampMs}`,
      );
    }
    if (timestampMs < this.#lastMs) {
      throw new MienError(
        'USAGE',
        `analyzeFrame: timestampMs must not go back, got ${timestampMs} after ${this.#lastMs}; call reset() to begin another video`,
      );
    }
  }

  /** @returns what became of each face, in their order; `undefined` for those that were too many to follow */
  follow(
    faces: readonly Pick<Face, 'box' | 'score' | 'probabilities'>[],
    timestampMs: number,
    frame: Pick<Frame, 'width' | 'height'>,
  ): (FollowedFace | undefined)[] {
    this.checkTime(timestampMs);
    this.#lastMs = timestampMs;
    const tracks = this.#tracker.follow(faces, timestampMs, frame);
    return faces.map(({ probabilities }, index) => {
      const track = tracks[index];
      if (track === undefined) return undefined;
      return { id: track.id, smoothed: this.#smooth(track, probabilities, timestampMs) };
    });
  }

  #smooth(track: Track, reading: Face['probabilities'], timestampMs: number): Smoothed {
    const { labels, reactMs } = this.#options;
    const smoother = this.#smoothers.get(track) ?? new ExpressionSmoother(reactMs);
    this.#smoothers.set(track, smoother);
    const row = labels.map((label) => reading[label] ?? 0);
    const { probabilities, shown, sinceMs } = smoother.next(row, timestampMs);
    return {
      box: track.box,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i] ?? 0])),
      expression: labels[shown] ?? '',
      sinceMs,
    };
  }
}
