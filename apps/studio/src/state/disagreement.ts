/** Where the compared models read the same face differently. Faces are matched by the overlap of their boxes. */
import { computed } from '@preact/signals';
import { intersectionOverUnion, type Analysis, type Face } from '@mien/core';
import { results, shownModels } from './scene.js';
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

/** In what is shown now: pairs of readings of one face by the leading model and another one, and how many differ. */
export const disagreement = computed(() => {
  const [main, ...others] = shownModels.value.map(({ id }) => results.value.get(id));
  let [differing, compared] = [0, 0];
  for (const face of main?.faces ?? []) {
    for (const other of others) {
      const match = matchFace(face, other);
      if (match === undefined) continue;
      compared++;
      if (shownExpression(match) !== shownExpression(face)) differing++;
    }
  }
  return { differing, compared };
});
