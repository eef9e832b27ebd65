/**
 * Says which find of this moment is which face of the moments before, by motion and size alone: who someone is, is
 * neither known nor asked.
 *
 * tracks → where each should be now → costs to every find → cheapest pairing → tracks seen, born, gone.
 *
 * Everything is told in milliseconds, so any frame rate will do, also one that changes. Distances between centres are
 * compared rather than overlaps, because at a few frames a second the boxes of a moving face do not overlap.
 *
 * Ref: Bewley, Ge, Ott, Ramos, Upcroft, "Simple online and realtime tracking", ICIP 2016. Differs in the cost, in
 * time instead of frames, and in keeping faces through gaps.
 */
import type { Detection } from '../detect/detector.js';
import type { Box } from '../geometry/box.js';
import { assign, FORBIDDEN } from './assign.js';
import { correctMotion, predictMotion, startMotion, type Motion } from './constant-velocity.js';
import { SEARCH_EVERY_MS } from './face-finder.js';
import { OneEuroFilter, weightOf } from './one-euro-filter.js';

/** A face that is hidden for as long as this is the same face when it is there again. */
const MAX_GAP_MS = 1000;
/** How long it is waited for: it may be there again for some time before a search comes by. */
const MAX_WAIT_MS = MAX_GAP_MS + SEARCH_EVERY_MS;
/** A find becomes a face when it has been there for this long (at least two moments), unless its score is sure. */
const CONFIRM_MS = 100;
/** A find that is not confirmed yet is forgotten after this time without it. */
const MAX_DOUBTFUL_GAP_MS = 250;
/** Longer steps from one moment to the next are a cut or a jump: nobody is followed across. */
const MAX_STEP_MS = 10_000;
/**
 * A face that is not seen slows down: its velocity fades with this time constant. Of those tried in made-up crowds
 * (docs/LOG.md) 300 and 600 ms lost fewest ids, 1000 and no fading more.
 */
const SLOWING_MS = 600;
/** How far from its prediction a face may be, in sides of its box: at once, more with time as heads can move, at most. */
const REACH = 0.7;
const REACH_PER_SECOND = 4;
const MAX_REACH = 2.5;
/** A face that is where it was instead of where it should be has stopped or turned; what that costs, in sides. */
const STAY_COST = 0.1;
/** The largest change of size, as a power of 2, and what it costs against a side of distance. */
const MAX_GROWTH_LOG2 = 1;
const GROWTH_COST = 1.5;
/** Cost of each second unseen: of two tracks in the same place, the one just seen goes on. */
const ABSENCE_COST = 0.15;
/** The pairing takes time with the third power of this; finds beyond it stay without a track. */
const MAX_FOLLOWED = 100;

/** One face over time. */
export interface Track {
  /** Absent until it is confirmed. */
  readonly id: number | undefined;
  /** The last find's box without its jitter. */
  readonly box: Box;
}

class LiveTrack implements Track {
  id: number | undefined;
  box: Box;
  readonly #bornMs: number;
  #seenMs: number;
  /** First moment without it since it was last seen. */
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
    this.box = this.#steady(box, timestampMs);
  }

  get ageMs(): number {
    return this.#seenMs - this.#bornMs;
  }

  /** Where the centre should be. */
  #predict(timestampMs: number): [x: Motion, y: Motion] {
    const fadedMs = SLOWING_MS * weightOf(timestampMs - this.#seenMs, SLOWING_MS); // The velocity's integral.
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
    const reach = Math.min(REACH + REACH_PER_SECOND * unseenSeconds, MAX_REACH);
    if (distance > reach || growth > MAX_GROWTH_LOG2) return FORBIDDEN;
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
    this.box = this.#steady(box, timestampMs);
  }

  /** @returns whether it is gone for good */
  miss(timestampMs: number, frame: { readonly width: number; readonly height: number }): boolean {
    this.#missedMs ??= timestampMs;
    const gapMs = timestampMs - this.#missedMs;
    const [x, y] = this.#predict(timestampMs);
    const left = x.position < 0 || y.position < 0 || x.position > frame.width || y.position > frame.height;
    return left || gapMs > (this.id === undefined ? MAX_DOUBTFUL_GAP_MS : MAX_WAIT_MS);
  }

  #steady(box: Box, timestampMs: number): Box {
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

  /** @param sureScore from this score on a find is a face at once; infinite where scores say no such thing */
  constructor(readonly sureScore: number) {}

  /**
   * Takes the finds of the next moment.
   *
   * @param timestampMs not before that of the moment before
   * @returns the track of each find, in their order; `undefined` for those beyond the hundred best
   */
  follow(
    finds: readonly Pick<Detection, 'box' | 'score'>[],
    timestampMs: number,
    frame: { readonly width: number; readonly height: number },
  ): readonly (Track | undefined)[] {
    if (this.#lastMs !== undefined && timestampMs - this.#lastMs > MAX_STEP_MS) this.#tracks = [];
    this.#lastMs = timestampMs;

    const followed = finds.slice(0, MAX_FOLLOWED);
    const known = this.#tracks;
    const costs = known.map((track) => followed.map(({ box }) => track.costOf(box, timestampMs)));
    const findOf = assign(costs, followed.length);

    const trackOf = new Array<LiveTrack | undefined>(finds.length).fill(undefined);
    this.#tracks = known.filter((track, row) => {
      const find = followed[findOf[row] ?? -1];
      if (find === undefined) return !track.miss(timestampMs, frame);
      track.see(find.box, timestampMs);
      trackOf[findOf[row]!] = track;
      return true;
    });
    followed.forEach(({ box, score }, index) => {
      const track = (trackOf[index] ??= this.#bear(box, timestampMs));
      if (score >= this.sureScore || track.ageMs >= CONFIRM_MS) track.id ??= ++this.#lastId;
    });
    return trackOf;
  }

  #bear(box: Box, timestampMs: number): LiveTrack {
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
