import type { Frame } from '../../frame.js';
import { intersectionOverUnion, type Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';
import { blendCandidates, meanOf, type MergeSettings } from '../merge-candidates.js';
import type { LookNetwork } from './tile-network.js';
import type { SecondLook } from './parse-contract.js';

/**
 * Looks at each box again, alone and at the size at which the network sees best: what is a face stays one, its box and
 * points become steady, and most of what only looked like one is gone. With more than one scale a face is the mean of
 * what is seen at each of them.
 *
 * @returns for each box the face that overlaps it most, `undefined` where there is none
 */
export function lookAgain(
  network: LookNetwork,
  frame: Frame,
  boxes: readonly Box[],
  { scales, threshold }: SecondLook,
  merge: MergeSettings,
): (Candidate | undefined)[] {
  const looks = boxes.flatMap((box) => scales.map((scale) => network.lookAround(box, scale)));
  // Below this a look cannot be made up for by the others, not even if they are certain.
  const least = Math.max(1 - scales.length * (1 - threshold), MIN_SCORE);
  const seen = network.look(frame, looks, least).map((candidates) => blendCandidates(candidates, merge));
  return boxes.map((box, index) => {
    const first = index * scales.length;
    const faces = seen.slice(first, first + scales.length).map((found) => nearest(found, box, merge.overlap));
    const all = faces.filter((face) => face !== undefined);
    if (all.length < scales.length) return undefined;
    const score = all.reduce((sum, face) => sum + face.score, 0) / all.length;
    return score >= threshold ? { ...meanOf(all), score } : undefined;
  });
}

/** A find of a search, and how many times as wide as its box the look was that it was found in: infinite where it was cut. */
export interface Find extends Candidate {
  readonly lookScale: number;
}

/**
 * From what a search found to faces: each find is looked at again, but for those that were seen well enough at once.
 *
 * @returns the faces, in the order of the finds
 */
export function confirmFinds(
  network: LookNetwork,
  frame: Frame,
  finds: readonly Find[],
  secondLook: SecondLook,
  merge: MergeSettings,
): Candidate[] {
  const isSure = ({ lookScale, score }: Find) =>
    lookScale <= secondLook.closeEnough && score >= secondLook.threshold;
  const boxes = finds.filter((find) => !isSure(find)).map(({ box }) => box);
  const confirmed = lookAgain(network, frame, boxes, secondLook, merge).values();
  return finds
    .map((find): Candidate | undefined => (isSure(find) ? find : confirmed.next().value))
    .filter((face) => face !== undefined);
}

/** What is seen with less is not there. */
const MIN_SCORE = 0.01;

function nearest(candidates: readonly Candidate[], box: Box, least: number): Candidate | undefined {
  let best: Candidate | undefined;
  let most = least;
  for (const candidate of candidates) {
    const overlap = intersectionOverUnion(candidate.box, box);
    if (overlap >= most) [best, most] = [candidate, overlap];
  }
  return best;
}
