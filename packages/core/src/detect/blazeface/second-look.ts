import type { Frame } from '../../frame.js';
import { intersectionOverUnion, type Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';
import type { LookNetwork } from './look-network.js';
import { blendCandidates } from '../merge-candidates.js';
import type { BlazeFaceContract } from './parse-contract.js';

/**
 * Looks at each box again, alone and at the size at which the network sees best: what is a face stays one, its box and
 * points become steady, and most of what only looked like one is gone.
 *
 * @returns for each box the face that overlaps it most, `undefined` where there is none
 */
export function lookAgain(
  network: LookNetwork,
  frame: Frame,
  boxes: readonly Box[],
  { secondLook, merge }: Pick<BlazeFaceContract, 'secondLook' | 'merge'>,
): (Candidate | undefined)[] {
  const looks = boxes.map((box) => squareAround(box, secondLook.scale));
  return network.look(frame, looks, secondLook.threshold).map((candidates, index) => {
    const box = boxes[index];
    if (box === undefined) return undefined;
    let nearest: Candidate | undefined;
    let most = merge.overlap;
    for (const candidate of blendCandidates(candidates, merge)) {
      const overlap = intersectionOverUnion(candidate.box, box);
      if (overlap >= most) [nearest, most] = [candidate, overlap];
    }
    return nearest;
  });
}

function squareAround({ x, y, width, height }: Box, scale: number): Box {
  const side = Math.max(width, height) * scale;
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, width: side, height: side };
}
