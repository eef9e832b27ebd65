/** What is saved: the results as they are shown, with merged people, and without hidden faces. */
import type { Analysis, Face } from '@mien/core';
import { marks, type Mark } from '../state/marks.js';
import { hiddenKeys, names, personOf } from '../state/people.js';
import { framesOf } from '../state/recording.js';
import { keyOf, mainId, scene } from '../state/scene.js';

export interface Collected extends Analysis {
  readonly source: string;
  /** Times that were marked since the result before. */
  readonly marks?: readonly Mark[];
}

/** A result, and what is saved of it. `kept` are the places of its faces that are saved. */
export interface Shown {
  readonly original: Analysis;
  readonly saved: Collected;
  readonly kept: readonly number[];
}

/** All pictures that were read, or all of the video or of the camera's session. */
export function collect(): Shown[] {
  const results = allResults();
  return results.map(([source, original], index) => {
    const kept = original.faces.flatMap((face, at) => (hiddenKeys.peek().has(keyOf(face, at)) ? [] : [at]));
    const marked = marksBetween(
      results[index - 1]?.[1].timestampMs,
      original.timestampMs,
      index === results.length - 1,
    );
    const saved: Collected = {
      source,
      ...original,
      faces: kept.flatMap((at) => original.faces.slice(at, at + 1)).map(toSavedFace),
      ...(marked.length > 0 && { marks: marked }),
    };
    return { original, saved, kept };
  });
}

function toSavedFace(face: Face): Face {
  if (face.id === undefined) return face;
  const id = personOf(face.id);
  const name = names.peek().get(id)?.trim();
  return { ...face, id, ...(name !== undefined && { name }) };
}

function marksBetween(afterMs = -Infinity, untilMs = -Infinity, isLast = false): Mark[] {
  return marks
    .peek()
    .filter(({ atMs }) => atMs > Math.round(afterMs) && (isLast || atMs <= Math.round(untilMs)));
}

function allResults(): (readonly [source: string, result: Analysis])[] {
  const now = scene.peek();
  switch (now.kind) {
    case 'pictures':
      return now.pictures.flatMap(({ name, results }) => {
        const result = results.get(mainId.peek());
        return result === undefined ? [] : [[name, result] as const];
      });
    case 'video':
    case 'session':
      return framesOf(mainId.peek()).map((result) => [now.name, result] as const);
    case 'camera':
      return framesOf(mainId.peek()).map((result) => ['camera', result] as const);
    case 'empty':
      return [];
    default:
      return now satisfies never;
  }
}
