/**
 * Merges the windows that passed the cascade to faces: windows that nearly coincide support each other.
 *
 * Ref: OpenCV, groupRectangles, by experiment against 4.6; including its float32 arithmetic and rounding to even.
 */
import type { Box } from '../../geometry/box.js';
import { roundHalfEven } from './plan-pyramid.js';

export interface BoxGroup {
  /** The mean of the group's windows. */
  readonly box: Box;
  /** Number of windows in the group. */
  readonly support: number;
}

/** Two windows belong to the same face if their sides differ by less than this share of their size. */
const TOLERANCE = 0.2;

/**
 * Groups windows; groups are in the order of their first window.
 *
 * @param minNeighbors groups of at most this many windows are dropped; 0 disables grouping: each box is a group
 */
export function groupRectangles(boxes: readonly Box[], minNeighbors: number): BoxGroup[] {
  if (minNeighbors === 0) return boxes.map((box) => ({ box, support: 1 }));
  const groups = partition(boxes)
    .filter((members) => members.length > minNeighbors)
    .map((members) => ({ box: meanBox(members), support: members.length }));
  return groups.filter((group) => !groups.some((other) => other !== group && isShadowOf(group, other)));
}

/** Splits boxes into connected components of neighbours. */
function partition(boxes: readonly Box[]): Box[][] {
  // parents[i] leads to the root of i's class; a root is the first box of its class.
  const parents = boxes.map((_, i) => i);
  const parentOf = (i: number): number => parents[i] ?? i;
  const rootOf = (i: number): number => {
    let root = i;
    while (parentOf(root) !== root) {
      parents[root] = parentOf(parentOf(root));
      root = parentOf(root);
    }
    return root;
  };
  boxes.forEach((box, i) => {
    for (let j = 0; j < i; j++) {
      const other = boxes[j];
      if (other === undefined || !areNeighbors(box, other)) continue;
      const [a, b] = [rootOf(i), rootOf(j)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  });
  const classes = new Map<number, Box[]>();
  boxes.forEach((box, i) => {
    const root = rootOf(i);
    const members = classes.get(root);
    if (members === undefined) classes.set(root, [box]);
    else members.push(box);
  });
  return [...classes.values()];
}

function areNeighbors(a: Box, b: Box): boolean {
  const delta = TOLERANCE * 0.5 * (Math.min(a.width, b.width) + Math.min(a.height, b.height));
  return (
    Math.abs(a.x - b.x) <= delta &&
    Math.abs(a.y - b.y) <= delta &&
    Math.abs(a.x + a.width - b.x - b.width) <= delta &&
    Math.abs(a.y + a.height - b.y - b.height) <= delta
  );
}

function meanBox(members: readonly Box[]): Box {
  const reciprocal = Math.fround(1 / members.length);
  const mean = (side: (box: Box) => number): number =>
    roundHalfEven(Math.fround(Math.fround(members.reduce((sum, box) => sum + side(box), 0)) * reciprocal));
  return {
    x: mean(({ x }) => x),
    y: mean(({ y }) => y),
    width: mean(({ width }) => width),
    height: mean(({ height }) => height),
  };
}

/** Whether a group lies within another one, up to the tolerance, that has clearly more support. */
function isShadowOf({ box, support }: BoxGroup, other: BoxGroup): boolean {
  const outer = other.box;
  const dx = roundHalfEven(outer.width * TOLERANCE);
  const dy = roundHalfEven(outer.height * TOLERANCE);
  return (
    box.x >= outer.x - dx &&
    box.y >= outer.y - dy &&
    box.x + box.width <= outer.x + outer.width + dx &&
    box.y + box.height <= outer.y + outer.height + dy &&
    (other.support > Math.max(3, support) || support < 3)
  );
}
