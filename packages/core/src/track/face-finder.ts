/**
 * Finds the faces of moment after moment. Where a detector can look at one place, a full search is needed only now and
 * then: in between, each face is looked for where it just was.
 */
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import { intersectionOverUnion } from '../geometry/box.js';

/** Someone new is seen this much later at the latest. */
export const SEARCH_EVERY_MS = 250;
/** Two looks that overlap by more see one face: one of the two was covered or left. */
const SAME_FACE = 0.4;

export class FaceFinder {
  readonly #detector: Detector;
  #faces: readonly Detection[] = [];
  #searchedMs = -Infinity;
  #hasSearched = false;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** Whether the last moment's faces come of a full search. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Goes on from a moment as `find` left it. */
  recall(faces: readonly Detection[], hasSearched: boolean, timestampMs: number): void {
    if (hasSearched) this.#searchedMs = timestampMs;
    this.#faces = faces;
  }

  /** The faces of the next moment, in pixels of the frame. */
  find(frame: Frame, timestampMs: number): readonly Detection[] {
    const isDue = timestampMs - this.#searchedMs >= SEARCH_EVERY_MS;
    const followed = isDue ? undefined : this.#lookAgain(frame);
    this.#hasSearched = followed === undefined;
    if (this.#hasSearched) this.#searchedMs = timestampMs;
    return (this.#faces = followed ?? this.#detector.detect(frame));
  }

  /** The same faces again; `undefined` where there were none, or where one is not to be seen in its place. */
  #lookAgain(frame: Frame): readonly Detection[] | undefined {
    const detector = this.#detector;
    if (detector.detectAt === undefined || this.#faces.length === 0) return undefined;
    const faces: Detection[] = [];
    for (const { box } of this.#faces) {
      const face = detector.detectAt(frame, box);
      const isAnothers = faces.some(
        (other) => intersectionOverUnion(other.box, face?.box ?? box) > SAME_FACE,
      );
      if (face === undefined || isAnothers) return undefined;
      faces.push(face);
    }
    return faces;
  }
}
