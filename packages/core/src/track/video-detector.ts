/**
 * Detects the faces of a video, frame after frame, without searching every frame as a whole.
 *
 * A full search is needed only at the start, after a cut and when a face has left its place. In between, each face is
 * detected near its box in the previous frame, and the parts of a search take turns: no frame costs as much as a full search,
 * and new faces still appear in time. A face that a searched part shows anyway is not detected a second time. The same goes
 * for footage without faces, which has only the parts; but for a while after the last face every frame is searched, because
 * who turned away or was blurred comes back.
 */
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import { intersectionOverUnion, type Box } from '../geometry/box.js';

/** The whole frame is searched once in this time: a new face appears after at most this time plus one frame. */
export const SEARCH_EVERY_MS = 250;
/** After the last face every frame is searched for this time. A face that is hidden for longer gets another id. */
const LOOK_AFTER_FACES_MS = 1000;
/** Detections with a larger intersection over union are the same face. */
const SAME_FACE_OVERLAP = 0.4;

type Size = Pick<Frame, 'width' | 'height'>;

export class VideoDetector {
  readonly #detector: Detector;
  #faces: readonly Detection[] = [];
  /** Time of the last full search, and the number of parts searched since. */
  #searchedMs = -Infinity;
  #partsSince = 0;
  /** Time of the last frame with a face. */
  #seenMs = -Infinity;
  #hasSearched = false;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** Whether the last frame was searched as a whole. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Forgets the faces: the next frame shows another shot and is searched as a whole. */
  startShot(): void {
    this.#faces = [];
    this.#searchedMs = -Infinity;
    this.#seenMs = -Infinity;
  }

  /** Continues after a frame whose detections are known, as if `detect` had returned them. */
  replay(faces: readonly Detection[], hasSearched: boolean, timestampMs: number, size: Size): void {
    this.#remember(faces, hasSearched, timestampMs, this.#partsOf(size).length);
  }

  /** The faces of the next frame, in pixels of the frame. */
  detect(frame: Frame, timestampMs: number): readonly Detection[] {
    const parts = this.#partsOf(frame);
    const due = this.#isLooking(timestampMs) ? undefined : this.#partsDue(parts, timestampMs);
    const followed = this.#follow(frame, due);
    const faces = followed ?? this.#detector.detect(frame);
    this.#remember(faces, followed === undefined, timestampMs, parts.length);
    return faces;
  }

  #remember(faces: readonly Detection[], hasSearched: boolean, timestampMs: number, parts: number): void {
    this.#faces = faces;
    this.#hasSearched = hasSearched;
    if (faces.length > 0) this.#seenMs = timestampMs;
    if (hasSearched) this.#searchedMs = timestampMs;
    this.#partsSince = hasSearched ? 0 : this.#partsUntil(timestampMs, parts);
  }

  /** Whether the faces of a moment ago are gone. */
  #isLooking(timestampMs: number): boolean {
    return this.#faces.length === 0 && timestampMs - this.#seenMs <= LOOK_AFTER_FACES_MS;
  }

  /** For a detector that cannot search in parts, the frame is one part. */
  #partsOf(size: Size): readonly Box[] {
    return this.#detector.searchParts?.(size) ?? [{ x: 0, y: 0, ...size }];
  }

  /** Parts to be searched between the last full search and `timestampMs`; their pace does not depend on the frame rate. */
  #partsUntil(timestampMs: number, parts: number): number {
    return Math.floor(((timestampMs - this.#searchedMs) * parts) / SEARCH_EVERY_MS);
  }

  /** The parts to search now; `undefined` if all of them are due, or if the frame's size changed their number. */
  #partsDue(parts: readonly Box[], timestampMs: number): Box[] | undefined {
    const due = this.#partsUntil(timestampMs, parts.length) - this.#partsSince;
    if (!(due >= 0 && due < parts.length)) return undefined;
    return parts.filter(
      (_, index) => (index - (this.#partsSince % parts.length) + parts.length) % parts.length < due,
    );
  }

  /**
   * The faces of the previous frame, detected again, and new faces in the parts. `undefined` if one of them
   * is not in its place, or if there is no telling which parts to search: then a full search is needed.
   */
  #follow(frame: Frame, parts: readonly Box[] | undefined): readonly Detection[] | undefined {
    const detector = this.#detector;
    if (parts === undefined || detector.detectAt === undefined) return undefined;
    const inParts = parts.length > 0 ? (detector.detectIn?.(frame, parts) ?? []) : [];
    const faces: Detection[] = [];
    for (const { box } of this.#faces) {
      const face = nearest(inParts, box) ?? detector.detectAt(frame, box);
      // If two faces give the same detection, one of them is covered or gone.
      if (face === undefined || isAmong(faces, face)) return undefined;
      faces.push(face);
    }
    for (const face of inParts) if (!isAmong(faces, face)) faces.push(face);
    return faces;
  }
}

function isAmong(faces: readonly Detection[], { box }: Detection): boolean {
  return faces.some((other) => intersectionOverUnion(other.box, box) > SAME_FACE_OVERLAP);
}

/** The face with the largest overlap; `undefined` if none is the same face. */
function nearest(faces: readonly Detection[], place: Box): Detection | undefined {
  let best: Detection | undefined;
  let most = SAME_FACE_OVERLAP;
  for (const face of faces) {
    const overlap = intersectionOverUnion(face.box, place);
    if (overlap > most) [best, most] = [face, overlap];
  }
  return best;
}
