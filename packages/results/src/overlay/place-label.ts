/** Where the label of a face goes: beside its face, within the picture, over no face and over no other label. */
import type { Box } from '@mien/core';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly box: Box;
  /** Area of faces and labels that it covers, in square pixels; 0 if it hides nothing. */
  readonly covered: number;
}

export type Side = 'above' | 'below' | 'beside' | 'corner';

/**
 * Tries the places at some sides of the box, in their order, each moved into the picture. Takes the first that covers no
 * other box or label, or else the one that covers the least area.
 *
 * @param space between the box and its label
 */
export function placeLabel(
  box: Box,
  size: Size,
  picture: Size,
  taken: readonly Box[],
  space: number,
  sides: readonly Side[],
): Place {
  const places = sides.flatMap((side) => placesAt(side, box, size, space));
  let best: Place | undefined;
  for (const [x, y] of places) {
    const place = {
      x: inside(x, size.width, picture.width),
      y: inside(y, size.height, picture.height),
      ...size,
    };
    // Moved into the picture, the label may cover its own box, which is also in `taken`.
    const covered = taken.reduce((area, other) => area + overlap(place, other), 0);
    if (best === undefined || covered < best.covered) best = { box: place, covered };
    if (covered === 0 && fits(place, picture)) break;
  }
  return best ?? { box: { x: 0, y: 0, ...size }, covered: 0 };
}

/**
 * Places a label for every box, one after the other.
 *
 * @returns the places in order; `undefined` if one of them would hide something, or be cut
 */
export function placeAllLabels(
  boxes: readonly Box[],
  sizes: readonly Size[],
  picture: Size,
  space: number,
  sides: readonly Side[],
): Box[] | undefined {
  const taken: Box[] = [...boxes];
  const places: Box[] = [];
  for (const [index, box] of boxes.entries()) {
    const { box: place, covered } = placeLabel(
      box,
      sizes[index] ?? { width: 0, height: 0 },
      picture,
      taken,
      space,
      sides,
    );
    if (covered > 0 || !fits(place, picture)) return undefined;
    taken.push(place);
    places.push(place);
  }
  return places;
}

function placesAt(side: Side, box: Box, size: Size, space: number): (readonly [x: number, y: number])[] {
  const right = box.x + box.width + space;
  const left = box.x - size.width - space;
  const below = box.y + box.height + space;
  const above = box.y - size.height - space;
  const alignBottom = box.y + box.height - size.height;
  const alignRight = box.x + box.width - size.width;
  const centre = box.x + (box.width - size.width) / 2;
  switch (side) {
    case 'above':
      return [centre, box.x, alignRight].map((x) => [x, above]);
    case 'below':
      return [centre, box.x, alignRight].map((x) => [x, below]);
    case 'beside':
      return [box.y, alignBottom].flatMap((y) => [right, left].map((x) => [x, y] as const));
    case 'corner':
      return [below, above].flatMap((y) => [right, left].map((x) => [x, y] as const));
    default:
      return side satisfies never;
  }
}

function fits({ x, y, width, height }: Box, picture: Size): boolean {
  return x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height;
}

/** Common area in square pixels. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

function inside(start: number, length: number, limit: number): number {
  return Math.max(0, Math.min(start, limit - length));
}
