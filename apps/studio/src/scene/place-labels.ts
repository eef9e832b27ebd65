/** Where the labels of faces go: beside their face, within the picture, over no face and over no other label. */
import type { Box } from '@mien/core';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * @param boxes of the faces, in pixels of the picture
 * @param sizes of their labels, in the same pixels
 * @param picture its size
 * @param gap between a face and its label
 * @returns the upper left corner of each label: the first place that hides nothing, or the one that hides least
 */
export function placeLabels(
  boxes: readonly Box[],
  sizes: readonly Size[],
  picture: Size,
  gap: number,
): { x: number; y: number }[] {
  const taken: Box[] = [...boxes];
  return boxes.map((box, index) => {
    const { width, height } = sizes[index] ?? { width: 0, height: 0 };
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
    const hidden = candidates.map((place) => taken.reduce((sum, other) => sum + commonArea(place, other), 0));
    const best = candidates[hidden.indexOf(Math.min(...hidden))] ?? { x: 0, y: 0, width, height };
    taken.push(best);
    return { x: best.x, y: best.y };
  });
}

function commonArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
