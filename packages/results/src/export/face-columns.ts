/**
 * The columns of tables of faces, such as CSV and Parquet: one row per face, and one without values for a frame without
 * faces. docs/OUTPUTS.md documents them; new ones are only added at the end.
 */
import type { Face } from '@mien/core';
import type { FrameResult } from '../frame-result.js';

export type Cell = string | number | boolean | undefined;

export interface FaceColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean';
  /** Whether every row has a value. */
  readonly isRequired?: true;
  readonly read: (result: FrameResult, face: Face | undefined, index: number) => Cell;
}

const ofFace = (
  name: string,
  type: FaceColumn['type'],
  read: (face: Face, index: number) => Cell,
): FaceColumn => ({
  ...{ name, type },
  read: (_, face, index) => (face === undefined ? undefined : read(face, index)),
});

const COLUMNS: readonly FaceColumn[] = [
  { name: 'source', type: 'text', isRequired: true, read: ({ source }) => source },
  { name: 'timestampMs', type: 'number', isRequired: true, read: ({ timestampMs = 0 }) => timestampMs },
  ofFace('face', 'integer', (_, index) => index + 1),
  ofFace('id', 'integer', ({ id }) => id),
  ofFace('x', 'number', ({ box }) => box.x),
  ofFace('y', 'number', ({ box }) => box.y),
  ofFace('width', 'number', ({ box }) => box.width),
  ofFace('height', 'number', ({ box }) => box.height),
  ofFace('score', 'number', ({ score }) => score),
  ofFace('quality', 'text', ({ quality }) => quality.verdict),
  ofFace('unsure', 'boolean', ({ unsure }) => unsure),
  ofFace('expression', 'text', ({ expression }) => expression),
  ofFace('smoothed_expression', 'text', ({ smoothed }) => smoothed?.expression),
];

/** @param labels of the model: each has a column, and one for its smoothed probability */
export function toFaceColumns(labels: readonly string[]): readonly FaceColumn[] {
  return [
    ...COLUMNS,
    ...labels.map((label) => ofFace(label, 'number', ({ probabilities }) => probabilities[label])),
    ...labels.map((label) =>
      ofFace(`smoothed_${label}`, 'number', ({ smoothed }) => smoothed?.probabilities[label]),
    ),
  ];
}

/** The rows of a frame. */
export function toFaceRows(columns: readonly FaceColumn[], result: FrameResult): Cell[][] {
  const faces = result.faces.length > 0 ? result.faces : [undefined];
  return faces.map((face, index) => columns.map(({ read }) => read(result, face, index)));
}
