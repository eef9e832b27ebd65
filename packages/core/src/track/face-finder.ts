/**
 * Finds the faces and the cuts of a video, frame after frame, in chunks that do not depend on each other.
 *
 * At each multiple of `chunkMs` of presentation time the finder forgets all that it remembers: where faces were, how far a
 * search is, what the last frame showed. So a long video can be read in chunks, by several workers in any order, and gives
 * the same readings as in one go. Following and smoothing go on across chunks (`Pipeline.follow`).
 */
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import { requireForwardTime } from './require-forward-time.js';
import { ShotBoundaryDetector, type ShotView } from './shot-boundary.js';
import { VideoDetector } from './video-detector.js';

export interface FoundFaces {
  readonly detections: readonly Detection[];
  /** Whether the frame was searched as a whole. */
  readonly searched: boolean;
  /** Whether the frame begins another shot; `undefined` if that depends on the chunk before. */
  readonly cut: boolean | undefined;
  /** The last frame of the chunk that shows something, this one included; `undefined` until there is one. */
  readonly view: ShotView | undefined;
}

export class FaceFinder {
  readonly #detector: Detector;
  readonly #chunkMs: number;
  #chunk = NaN;
  #lastMs = -Infinity;
  #shots = new ShotBoundaryDetector();
  #faces: VideoDetector;

  constructor(detector: Detector, chunkMs: number) {
    this.#detector = detector;
    this.#chunkMs = chunkMs;
    this.#faces = new VideoDetector(detector);
  }

  /** @throws MienError `USAGE` if the time is not finite, or before that of the previous frame */
  find(frame: Frame, timestampMs: number): FoundFaces {
    requireForwardTime(timestampMs, this.#lastMs);
    this.#enterChunk(timestampMs);
    const isFirst = this.#shots.view === undefined;
    const cut = this.#shots.next(frame);
    const { view } = this.#shots;
    if (cut) this.#faces.startShot(); // Faces of the shot before are not looked for in this one.
    const detections = this.#faces.detect(frame, timestampMs);
    return {
      detections,
      searched: this.#faces.hasSearched,
      cut: isFirst && view !== undefined ? undefined : cut,
      view,
    };
  }

  /** Continues after a frame whose detections are known; with its pixels, a cut right after it is found. */
  replay(
    { detections, searched, cut, timestampMs }: Omit<FoundFaces, 'view'> & { timestampMs: number },
    size: Pick<Frame, 'width' | 'height'>,
    picture: Frame | undefined,
  ): ShotView | undefined {
    this.#enterChunk(timestampMs);
    if (picture !== undefined) this.#shots.next(picture);
    if (cut === true) this.#faces.startShot(); // as `find` does
    this.#faces.replay(detections, searched, timestampMs, size);
    return this.#shots.view;
  }

  #enterChunk(timestampMs: number): void {
    this.#lastMs = timestampMs;
    const chunk = Math.floor(timestampMs / this.#chunkMs);
    if (chunk === this.#chunk) return;
    this.#chunk = chunk;
    this.#shots = new ShotBoundaryDetector();
    this.#faces = new VideoDetector(this.#detector);
  }
}
