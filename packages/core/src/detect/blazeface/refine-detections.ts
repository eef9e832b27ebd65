/**
 * The refinement pass: runs the network again on a tile around each detected face, at the scale at which it is most
 * accurate. Real faces are confirmed, their boxes and key points become steady, and most false detections disappear.
 */
import type { Frame } from '../../frame.js';
import { intersectionOverUnion, type Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';
import { blendCandidates, meanOf, type MergeSettings } from '../merge-candidates.js';
import type { Refinement } from './blazeface-contract.js';
import type { TileNetwork } from './tile-network.js';

/** Lower scores are always discarded. */
const MIN_SCORE = 0.01;

/**
 * Runs the network on tiles around each box. With several scales, a face is the mean of what each scale detects, and
 * every scale has to detect it. Large boxes that miss the threshold are refined once more with their own, lower one: used for
 * all, it would let fainter anchors into the other faces' boxes and move them.
 *
 * @returns for each box the face that overlaps it most; `undefined` if there is none
 */
export function refineBoxes(
  network: TileNetwork,
  frame: Frame,
  boxes: readonly Box[],
  { large, ...refinement }: Refinement,
  merge: MergeSettings,
): (Candidate | undefined)[] {
  const faces = refineAtScales(network, frame, boxes, refinement, merge);
  if (large === undefined) return faces;
  const least = large.side * Math.min(frame.width, frame.height);
  const missed = [...boxes.entries()].filter(
    ([index, { width, height }]) => faces[index] === undefined && Math.max(width, height) >= least,
  );
  const found = refineAtScales(
    network,
    frame,
    missed.map(([, box]) => box),
    { ...refinement, threshold: large.threshold },
    merge,
  );
  missed.forEach(([index], at) => (faces[index] = found[at]));
  return faces;
}

function refineAtScales(
  network: TileNetwork,
  frame: Frame,
  boxes: readonly Box[],
  { scales, inputSides = [], threshold }: Omit<Refinement, 'large'>,
  merge: MergeSettings,
): (Candidate | undefined)[] {
  // With a lower score at one scale, the mean misses the threshold even if all other scales score 1.
  const minScore = Math.max(1 - scales.length * (1 - threshold), MIN_SCORE);
  const faces = boxes.map((): Candidate[] => []);
  let open = [...boxes.entries()]; // those that all scales so far have detected
  for (const [pass, scale] of scales.entries()) {
    const tiles = open.map(([, box]) => network.tileAround(box, scale, inputSides[pass]));
    const perTile = network.detect(frame, tiles, minScore);
    open = open.filter(([index, box], at) => {
      const face = nearest(blendCandidates(perTile[at] ?? [], merge), box, merge.overlap);
      if (face !== undefined) faces[index]?.push(face);
      return face !== undefined;
    });
  }
  return faces.map((found) => {
    if (found.length < scales.length) return undefined;
    const score = found.reduce((sum, face) => sum + face.score, 0) / found.length;
    return score >= threshold ? { ...meanOf(found), score } : undefined;
  });
}

/** A face that a search detected, before refinement. */
export interface CoarseDetection extends Candidate {
  /** Side of the tile that it was detected in, in sides of its box; infinite if the tile's border cuts the box. */
  readonly tileScale: number;
}

/**
 * Refines the detections of a search, except those that were detected at a fine enough scale already.
 *
 * @returns the faces, in the order of the detections
 */
export function refineDetections(
  network: TileNetwork,
  frame: Frame,
  detections: readonly CoarseDetection[],
  refinement: Refinement,
  merge: MergeSettings,
): Candidate[] {
  const isFinal = ({ tileScale, score }: CoarseDetection) =>
    tileScale <= refinement.maxUnrefinedScale && score >= refinement.threshold;
  const boxes = detections.filter((detection) => !isFinal(detection)).map(({ box }) => box);
  const refined = refineBoxes(network, frame, boxes, refinement, merge).values();
  return detections
    .map((detection): Candidate | undefined => (isFinal(detection) ? detection : refined.next().value))
    .filter((face) => face !== undefined);
}

/** The candidate with the largest overlap; `undefined` if no overlap reaches `minOverlap`. */
function nearest(candidates: readonly Candidate[], box: Box, minOverlap: number): Candidate | undefined {
  let best: Candidate | undefined;
  let most = minOverlap;
  for (const candidate of candidates) {
    const overlap = intersectionOverUnion(candidate.box, box);
    if (overlap >= most) [best, most] = [candidate, overlap];
  }
  return best;
}
