/**
 * Merges candidates of the same face. Candidates of one tile agree within pixels and are blended. Tiles overlap and
 * detect a face, or a part of it, more than once; of those the best one is kept (non-maximum suppression).
 */
import { intersectionOverUnion, type Box } from '../geometry/box.js';
import type { Candidate } from './candidate.js';

export interface MergeSettings {
  /** Candidates with at least this intersection over union are the same face. */
  readonly overlap: number;
  /** A candidate with at least this share of its area inside a better one is a part of that face. */
  readonly inside: number;
  /**
   * Such a candidate is a face of its own, in front of the other, if its sides are at most this share of the other's, and its
   * eyes are not those of the other face. Absent: never.
   */
  readonly inFront?: number;
}

/**
 * Merges the candidates of one tile: those of one face become their mean, weighted by score, which jitters less between
 * frames than the best of them. Best first.
 *
 * Ref: Bazarevsky et al., "BlazeFace", 2019, section 3.4 (blending instead of suppression).
 */
export function blendCandidates(candidates: readonly Candidate[], { overlap }: MergeSettings): Candidate[] {
  const blended: Candidate[] = [];
  let rest = sortByScore(candidates);
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const { box } = best;
    const same = rest.filter((other) => other === best || intersectionOverUnion(other.box, box) >= overlap);
    const taken = new Set(same);
    rest = rest.filter((other) => !taken.has(other));
    blended.push({ ...meanOf(same), score: best.score });
  }
  return blended;
}

/** Merges candidates of several tiles: keeps the best of each face, and none mostly inside a better one. Best first. */
export function suppressCandidates<C extends Candidate>(
  candidates: readonly C[],
  { overlap, inside, inFront = 0 }: MergeSettings,
): C[] {
  const kept: C[] = [];
  for (const candidate of sortByScore(candidates)) {
    const isDuplicate = kept.some(
      (better) =>
        intersectionOverUnion(better.box, candidate.box) >= overlap ||
        (shareInside(candidate.box, better.box) >= inside && !isInFront(candidate, better, inFront)),
    );
    if (!isDuplicate) kept.push(candidate);
  }
  return kept;
}

/** A detector may take an eye or a mouth for a small face; then the small face's eyes or mouth lie on those of the large one. */
function isInFront(small: Candidate, large: Candidate, mostShare: number): boolean {
  const side = Math.max(small.box.width, small.box.height);
  if (side > mostShare * Math.max(large.box.width, large.box.height)) return false;
  const centre = { x: small.box.x + small.box.width / 2, y: small.box.y + small.box.height / 2 };
  for (let i = 0; i < FACIAL_POINTS; i++) {
    const [x, y] = [large.points[2 * i] ?? Infinity, large.points[2 * i + 1] ?? Infinity];
    if (Math.hypot(x - centre.x, y - centre.y) < side * OWN_REACH) return false;
  }
  return true;
}

/** Eyes, nose and mouth come first in the points of a candidate. */
const FACIAL_POINTS = 4;
/** How far around the centre of a small face no point of the large one may lie, in sides of the small one. */
const OWN_REACH = 0.6;

/** A stable sort: the same frame always gives the same faces. */
function sortByScore<C extends Candidate>(candidates: readonly C[]): C[] {
  return [...candidates].sort((a, b) => b.score - a.score);
}

/** Mean box and points of several candidates, weighted by their scores. */
export function meanOf(candidates: readonly Candidate[]): Omit<Candidate, 'score'> {
  const total = candidates.reduce((sum, { score }) => sum + score, 0);
  const mean = (of: (candidate: Candidate) => number): number =>
    candidates.reduce((sum, candidate) => sum + of(candidate) * candidate.score, 0) / total;
  return {
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    points: candidates[0]?.points.map((_, i) => mean(({ points }) => points[i] ?? NaN)) ?? [],
  };
}

/** The share of `box` that lies inside `other`. */
function shareInside(box: Box, other: Box): number {
  const width = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
  const height = Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y);
  return width > 0 && height > 0 ? (width * height) / (box.width * box.height) : 0;
}
