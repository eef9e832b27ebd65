/** The same face in the results of several models: matched by the overlap of the boxes. */
import { intersectionOverUnion, type Analysis, type Face } from '@mien/core';
import { shownExpression } from './shown-expression.js';

/** Two boxes that overlap by this much, as a part of both together, are of one face. */
const LEAST_OVERLAP = 0.4;

/** The face of another result that is the same person's. */
export function matchFace(face: Face, other: Analysis | undefined): Face | undefined {
  const [best] = (other?.faces ?? [])
    .map((one) => ({ one, overlap: intersectionOverUnion(one.box, face.box) }))
    .toSorted((a, b) => b.overlap - a.overlap);
  return best !== undefined && best.overlap >= LEAST_OVERLAP ? best.one : undefined;
}

export interface Disagreement {
  readonly models: number;
  /** Faces that all of the models read. */
  readonly faces: number;
  /** Those of them that not all read as the same expression. */
  readonly differing: number;
}

/** How many faces some models read differently. @param results of the same picture, one for each model */
export function countDisagreements([main, ...others]: readonly Analysis[]): Disagreement {
  const readings = (main?.faces ?? [])
    .map((face) => [face, ...others.map((other) => matchFace(face, other))])
    .filter((faces) => faces.every((face) => face !== undefined))
    .map((faces) => new Set(faces.map(shownExpression)));
  return {
    models: others.length + 1,
    faces: readings.length,
    differing: readings.filter(({ size }) => size > 1).length,
  };
}
