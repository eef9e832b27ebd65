/**
 * Finds the faces of moment after moment. A search of the whole frame is needed only at the start and when a face is
 * not where it was. In between, each face is looked for where it just was, and the parts of a search take turns: no
 * moment costs as much as a whole search, and someone new is still seen in time. A face that its part of the search
 * shows needs no look of its own.
 */
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import { intersectionOverUnion, type Box } from '../geometry/box.js';

/** All of the frame is searched within this time: someone new is seen so much later at the latest, to a moment. */
export const SEARCH_EVERY_MS = 250;
/** Two looks that overlap by more see one face. */
const SAME_FACE = 0.4;

type Size = Pick<Frame, 'width' | 'height'>;

export class FaceFinder {
  readonly #detector: Detector;
  #faces: readonly Detection[] = [];
  /** When the last search of the whole frame was, and how many parts of later ones have been looked at since. */
  #searchedMs = -Infinity;
  #partsSince = 0;
  #hasSearched = false;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** Whether the last moment's faces come of a search of the whole frame. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Goes on from a moment as `find` left it. */
  recall(faces: readonly Detection[], hasSearched: boolean, timestampMs: number, size: Size): void {
    this.#note(faces, hasSearched, timestampMs, this.#partsOf(size).length);
  }

  /** The faces of the next moment, in pixels of the frame. */
  find(frame: Frame, timestampMs: number): readonly Detection[] {
    const parts = this.#partsOf(frame);
    const followed = this.#lookAgain(frame, this.#partsDue(parts, timestampMs));
    const faces = followed ?? this.#detector.detect(frame);
    this.#note(faces, followed === undefined, timestampMs, parts.length);
    return faces;
  }

  #note(faces: readonly Detection[], hasSearched: boolean, timestampMs: number, parts: number): void {
    this.#faces = faces;
    this.#hasSearched = hasSearched;
    if (hasSearched) this.#searchedMs = timestampMs;
    this.#partsSince = hasSearched ? 0 : this.#partsUntil(timestampMs, parts);
  }

  /** A detector that only searches as a whole has one part. */
  #partsOf(size: Size): readonly Box[] {
    return this.#detector.searchParts?.(size) ?? [{ x: 0, y: 0, ...size }];
  }

  /** How many parts fall into the time since the whole search: their pace does not depend on the frames'. */
  #partsUntil(timestampMs: number, parts: number): number {
    return Math.floor(((timestampMs - this.#searchedMs) * parts) / SEARCH_EVERY_MS);
  }

  /** The parts whose turn it is; `undefined` where that is all of them, or the frame's size changed their number. */
  #partsDue(parts: readonly Box[], timestampMs: number): Box[] | undefined {
    const due = this.#partsUntil(timestampMs, parts.length) - this.#partsSince;
    if (!(due >= 0 && due < parts.length)) return undefined;
    return parts.filter(
      (_, index) => (index - (this.#partsSince % parts.length) + parts.length) % parts.length < due,
    );
  }

  /**
   * The same faces again and those that are new in the parts; `undefined` where there were none, or where one is not
   * to be seen in its place.
   */
  #lookAgain(frame: Frame, parts: readonly Box[] | undefined): readonly Detection[] | undefined {
    const detector = this.#detector;
    if (parts === undefined || detector.detectAt === undefined || this.#faces.length === 0) return undefined;
    const found = parts.length > 0 ? (detector.detectIn?.(frame, parts) ?? []) : [];
    const faces: Detection[] = [];
    for (const { box } of this.#faces) {
      const face = nearest(found, box) ?? detector.detectAt(frame, box);
      // Where two are seen as one, one of them was covered or left.
      if (face === undefined || isAmong(faces, face)) return undefined;
      faces.push(face);
    }
    for (const face of found) if (!isAmong(faces, face)) faces.push(face);
    return faces;
  }
}

function isAmong(faces: readonly Detection[], { box }: Detection): boolean {
  return faces.some((other) => intersectionOverUnion(other.box, box) > SAME_FACE);
}

/** The face that overlaps most with a place; `undefined` where none is the same. */
function nearest(faces: readonly Detection[], place: Box): Detection | undefined {
  let best: Detection | undefined;
  let most = SAME_FACE;
  for (const face of faces) {
    const overlap = intersectionOverUnion(face.box, place);
    if (overlap > most) [best, most] = [face, overlap];
  }
  return best;
}
