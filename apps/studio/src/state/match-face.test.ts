import type { Analysis } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { countDisagreements } from './match-face.js';

/** What a model reads of faces that stand side by side; those without an expression it does not find. */
function makeResult(...expressions: (string | undefined)[]): Analysis {
  const faces = expressions.flatMap((expression, index) =>
    expression === undefined
      ? []
      : [{ box: { x: 100 * index, y: 0, width: 80, height: 80 }, score: 1, probabilities: {}, expression }],
  );
  return { width: 1000, height: 100, faces } as unknown as Analysis;
}

describe('countDisagreements', () => {
  it('counts faces, however many models read them', () => {
    const readings = [makeResult('happy', 'sad'), makeResult('happy', 'fear'), makeResult('happy', 'angry')];
    expect(countDisagreements(readings)).toEqual({ models: 3, faces: 2, differing: 1 });
  });

  it('compares every model with every other', () => {
    const readings = [makeResult('happy'), makeResult('happy'), makeResult('sad')];
    expect(countDisagreements(readings)).toEqual({ models: 3, faces: 1, differing: 1 });
  });

  it('leaves out faces that not all models found', () => {
    const readings = [makeResult('happy', 'sad'), makeResult('happy', undefined)];
    expect(countDisagreements(readings)).toEqual({ models: 2, faces: 1, differing: 0 });
  });

  it('has no faces where nothing was read', () => {
    expect(countDisagreements([])).toMatchObject({ faces: 0, differing: 0 });
  });
});
