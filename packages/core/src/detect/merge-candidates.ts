/**
 * From many claims to faces. Anchors of one look agree on a face within pixels and are blended; looks overlap and see
 * the same face again, or a part of it, and there the best one stands.
 */
import { intersectionOverUnion, type Box } from '../geometry/box.js';
import type { Candidate } from './candidate.js';

export interface MergeSettings {
  /** From this intersection over union on two claims are of one face. */
  readonly overlap: number;
  /** A claim of which this share lies inside a better one is a part of that face. */
  readonly inside: number;
}

/**
 * The claims of one look: those of one face become their mean, weighted by their scores, which jitters less from frame
 * to frame than the best of them. Best first.
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

/** The claims of several looks: the best of each face, and none that is mostly inside a better one. Best first. */
export function suppressCandidates(
  candidates: readonly Candidate[],
  { overlap, inside }: MergeSettings,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of sortByScore(candidates)) {
    const isTold = kept.some(
      ({ box }) =>
        intersectionOverUnion(box, candidate.box) >= overlap || shareInside(candidate.box, box) >= inside,
    );
    if (!isTold) kept.push(candidate);
  }
  return kept;
}

/** Equal scores keep their order, so that the same frame always gives the same faces. */
function sortByScore(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((a, b) => b.score - a.score);
}

/** Box and points of several claims of one face, weighted by their scores. */
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
