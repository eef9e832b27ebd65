/**
 * Assigns the detections of a frame to the faces of earlier frames, by motion and size alone. Faces are not recognised.
 *
 * tracks → predicted positions → cost of each detection → cheapest assignment → tracks updated, started, ended.
 *
 * All times are in milliseconds, so any frame rate works, also one that changes. The cost uses distances between centres
 * instead of overlaps, because at a few frames per second the boxes of a moving face do not overlap.
 *
 * Ref: Bewley, Ge, Ott, Ramos, Upcroft, "Simple online and realtime tracking", ICIP 2016. Differs in the cost, in
 * time instead of frames, and in keeping faces through gaps.
 */
import type { Detection } from '../detect/detector.js';
import type { Box } from '../geometry/box.js';
import { assign, FORBIDDEN } from './assign.js';
import { correctMotion, predictMotion, startMotion, type Motion } from './constant-velocity.js';
import { SEARCH_EVERY_MS } from './video-detector.js';
import { OneEuroFilter, weightOf } from './one-euro-filter.js';

/** A face that is hidden for up to this time keeps its id. */
const MAX_GAP_MS = 1000;
/** How long a missing face is kept: after it reappears, it may take a search to detect it. */
const MAX_WAIT_MS = MAX_GAP_MS + SEARCH_EVERY_MS;
/** A face with a low score is confirmed once it was tracked for this long, which takes at least two frames. */
const CONFIRM_MS = 100;
/** An unconfirmed face is dropped after this time without a detection. */
const MAX_UNCONFIRMED_GAP_MS = 250;
/** A longer step between frames is a cut or a seek: all tracks end. */
const MAX_STEP_MS = 10_000;
/**
 * The velocity of a missing face decays with this time constant. In synthetic crowds (docs/LOG.md), 300 and 600 ms lost
 * the fewest ids; 1000 ms and no decay lost more.
 */
const VELOCITY_DECAY_MS = 600;
/** Maximum distance from the prediction, in sides of the box: for the next frame, its growth per second, and its limit. */
const MAX_DISTANCE = 0.7;
const MAX_DISTANCE_PER_SECOND = 4;
const MAX_DISTANCE_LIMIT = 2.5;
/** Cost of a face that stayed in place instead of moving on: it stopped or turned back. In sides of the box. */
const STAY_COST = 0.1;
/** Maximum change of size, as a power of 2, and the cost of a factor of 2, in sides of the box. */
const MAX_GROWTH_LOG2 = 1;
const GROWTH_COST = 1.5;
/** Cost per second without a detection: of two tracks in the same place, the recent one wins. */
const ABSENCE_COST = 0.15;
/** Maximum number of tracks: the assignment takes time cubic in it. Further detections get no track. */
const MAX_FOLLOWED = 100;

/** One face over time. */
export interface Track {
  /** `undefined` until the face is confirmed. */
  readonly id: number | undefined;
  /** The box of the last detection, smoothed. */
  readonly box: Box;
}

class LiveTrack implements Track {
  id: number | undefined;
  box: Box;
  readonly #bornMs: number;
  #seenMs: number;
  /** Time of the first frame without a detection since the last one. */
  #missedMs: number | undefined;
  #x: Motion;
  #y: Motion;
  #side: number;
  readonly #filters = [0, 1, 2, 3].map(() => new OneEuroFilter());

  constructor(box: Box, timestampMs: number) {
    this.#bornMs = this.#seenMs = timestampMs;
    this.#side = sideOf(box);
    const { x, y } = centreOf(box);
    this.#x = startMotion(x, this.#side);
    this.#y = startMotion(y, this.#side);
    this.box = this.#smooth(box, timestampMs);
  }

  get ageMs(): number {
    return this.#seenMs - this.#bornMs;
  }

  /** Predicted centre. */
  #predict(timestampMs: number): [x: Motion, y: Motion] {
    const fadedMs = VELOCITY_DECAY_MS * weightOf(timestampMs - this.#seenMs, VELOCITY_DECAY_MS); // Integral of the decay.
    return [predictMotion(this.#x, fadedMs, this.#side), predictMotion(this.#y, fadedMs, this.#side)];
  }

  costOf(box: Box, timestampMs: number): number {
    const [x, y] = this.#predict(timestampMs);
    const centre = centreOf(box);
    const unseenSeconds = (timestampMs - this.#seenMs) / 1000;
    const distance = Math.min(
      Math.hypot(centre.x - x.position, centre.y - y.position) / this.#side,
      Math.hypot(centre.x - this.#x.position, centre.y - this.#y.position) / this.#side + STAY_COST,
    );
    const growth = Math.abs(Math.log2(sideOf(box) / this.#side));
    const maxDistance = Math.min(MAX_DISTANCE + MAX_DISTANCE_PER_SECOND * unseenSeconds, MAX_DISTANCE_LIMIT);
    if (distance > maxDistance || growth > MAX_GROWTH_LOG2) return FORBIDDEN;
    return distance + GROWTH_COST * growth + ABSENCE_COST * unseenSeconds;
  }

  see(box: Box, timestampMs: number): void {
    const [x, y] = this.#predict(timestampMs);
    const centre = centreOf(box);
    this.#x = correctMotion(x, centre.x, this.#side);
    this.#y = correctMotion(y, centre.y, this.#side);
    this.#side = sideOf(box);
    this.#seenMs = timestampMs;
    this.#missedMs = undefined;
    this.box = this.#smooth(box, timestampMs);
  }

  /** @returns whether the track ends */
  miss(timestampMs: number, frame: { readonly width: number; readonly height: number }): boolean {
    this.#missedMs ??= timestampMs;
    const gapMs = timestampMs - this.#missedMs;
    const [x, y] = this.#predict(timestampMs);
    const left = x.position < 0 || y.position < 0 || x.position > frame.width || y.position > frame.height;
    return left || gapMs > (this.id === undefined ? MAX_UNCONFIRMED_GAP_MS : MAX_WAIT_MS);
  }

  #smooth(box: Box, timestampMs: number): Box {
    const { x, y } = centreOf(box);
    const [centreX = x, centreY = y, width = box.width, height = box.height] = [
      x,
      y,
      box.width,
      box.height,
    ].map((value, i) => this.#filters[i]?.next(value, timestampMs, this.#side));
    return { x: centreX - width / 2, y: centreY - height / 2, width, height };
  }
}

export class FaceTracker {
  #tracks: LiveTrack[] = [];
  #lastId = 0;
  #lastMs: number | undefined;

  /** @param highScoreThreshold a detection with at least this score gets an id at once; `Infinity` for none */
  constructor(readonly highScoreThreshold: number) {}

  /** Ends all tracks; ids go on. */
  endTracks(): void {
    this.#tracks = [];
  }

  /**
   * Takes the detections of the next frame.
   *
   * @param timestampMs not before that of the previous frame
   * @returns the track of each detection, in their order; `undefined` beyond the first hundred
   */
  follow(
    detections: readonly Pick<Detection, 'box' | 'score'>[],
    timestampMs: number,
    frame: { readonly width: number; readonly height: number },
  ): readonly (Track | undefined)[] {
    if (this.#lastMs !== undefined && timestampMs - this.#lastMs > MAX_STEP_MS) this.#tracks = [];
    this.#lastMs = timestampMs;

    const followed = detections.slice(0, MAX_FOLLOWED);
    const known = this.#tracks;
    const costs = known.map((track) => followed.map(({ box }) => track.costOf(box, timestampMs)));
    const detectionOf = assign(costs, followed.length);

    const trackOf = new Array<LiveTrack | undefined>(detections.length).fill(undefined);
    this.#tracks = known.filter((track, row) => {
      const detection = followed[detectionOf[row] ?? -1];
      if (detection === undefined) return !track.miss(timestampMs, frame);
      track.see(detection.box, timestampMs);
      trackOf[detectionOf[row]!] = track;
      return true;
    });
    followed.forEach(({ box, score }, index) => {
      const track = (trackOf[index] ??= this.#startTrack(box, timestampMs));
      if (score >= this.highScoreThreshold || track.ageMs >= CONFIRM_MS) track.id ??= ++this.#lastId;
    });
    return trackOf;
  }

  #startTrack(box: Box, timestampMs: number): LiveTrack {
    const track = new LiveTrack(box, timestampMs);
    this.#tracks.push(track);
    return track;
  }
}

function centreOf({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

function sideOf({ width, height }: Box): number {
  return Math.max(width, height, 1);
}
