/** Follows faces over time: which face is which (tracking), and its smoothed expression. Holds the state of one video. */
import type { Frame } from '../frame.js';
import type { Face, Smoothed } from '../result.js';
import { ExpressionSmoother } from './expression-smoother.js';
import { FaceTracker, type Track } from './face-tracker.js';
import { requireForwardTime } from './require-forward-time.js';

export interface FaceFollowerOptions {
  readonly labels: readonly string[];
  readonly responseTimeMs: number;
  /** A detection with at least this score gets an id at once. */
  readonly highScoreThreshold: number;
}

export interface FollowedFace {
  /** `undefined` until the face is confirmed. */
  readonly id: number | undefined;
  readonly smoothed: Smoothed;
}

export class FaceFollower {
  readonly #options: FaceFollowerOptions;
  readonly #tracker: FaceTracker;
  /** A smoother lives as long as its track. */
  readonly #smoothers = new WeakMap<Track, ExpressionSmoother>();
  #lastMs = -Infinity;

  constructor(options: FaceFollowerOptions) {
    this.#options = options;
    this.#tracker = new FaceTracker(options.highScoreThreshold);
  }

  /** Ends all tracks: the next frame shows another shot. */
  startShot(): void {
    this.#tracker.endTracks();
  }

  /**
   * @returns the result for each face, in their order; `undefined` for faces beyond the maximum number of tracks
   * @throws MienError `USAGE` if the time is not finite, or before that of the previous frame
   */
  follow(
    faces: readonly Pick<Face, 'box' | 'score' | 'probabilities'>[],
    timestampMs: number,
    frame: Pick<Frame, 'width' | 'height'>,
  ): (FollowedFace | undefined)[] {
    requireForwardTime(timestampMs, this.#lastMs);
    this.#lastMs = timestampMs;
    const tracks = this.#tracker.follow(faces, timestampMs, frame);
    return faces.map(({ probabilities }, index) => {
      const track = tracks[index];
      if (track === undefined) return undefined;
      return { id: track.id, smoothed: this.#smooth(track, probabilities, timestampMs) };
    });
  }

  #smooth(track: Track, reading: Face['probabilities'], timestampMs: number): Smoothed {
    const { labels, responseTimeMs } = this.#options;
    const smoother = this.#smoothers.get(track) ?? new ExpressionSmoother(responseTimeMs);
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
