/** Where the labels of faces go: beside their face, within the picture, over no face and over no other label. */
import type { Box } from '@mien/core';

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedLabel {
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Which of its sizes it has. */
  readonly choice: number;
}

/**
 * @param boxes of the faces, in pixels of the picture
 * @param sizes of each label, in the same pixels: the one that is wanted, then smaller ones for where that has no room
 * @param picture its size
 * @param gap between a face and its label
 * @param first place in `boxes` of the label that has its choice before the others
 * @returns for each face the first size and place that hide nothing, or those that hide least
 */
export function placeLabels(
  boxes: readonly Box[],
  sizes: readonly (readonly Size[])[],
  picture: Size,
  gap: number,
  first = 0,
): PlacedLabel[] {
  const taken: Box[] = [...boxes];
  const placed: PlacedLabel[] = [];
  const order = boxes.map((_, index) => index).toSorted((a, b) => Number(b === first) - Number(a === first));
  for (const index of order) {
    const found = (sizes[index] ?? []).map((size) => findPlace(boxes[index]!, size, taken, picture, gap));
    const least = Math.min(...found.map(({ hidden }) => hidden));
    const choice = found.findIndex(({ hidden }) => hidden === least);
    const { place } = found[choice]!;
    taken.push(place);
    placed[index] = { x: place.x, y: place.y, choice };
  }
  return placed;
}

function findPlace(box: Box, { width, height }: Size, taken: readonly Box[], picture: Size, gap: number) {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  const candidates = [
    [box.x, box.y - height - gap],
    [box.x, bottom + gap],
    [right - width, box.y - height - gap],
    [right - width, bottom + gap],
    [right + gap, box.y],
    [box.x - width - gap, box.y],
    [right + gap, bottom - height],
    [box.x - width - gap, bottom - height],
  ].map(([x = 0, y = 0]) => ({
    x: Math.max(0, Math.min(x, picture.width - width)),
    y: Math.max(0, Math.min(y, picture.height - height)),
    width,
    height,
  }));
  const areas = candidates.map((place) => taken.reduce((sum, other) => sum + commonArea(place, other), 0));
  const hidden = Math.min(...areas);
  return { place: candidates[areas.indexOf(hidden)]!, hidden };
}

function commonArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
