import { computed } from '@preact/signals';
import { countDisagreements } from './match-face.js';
import { results, shownModels } from './scene.js';

/** Of what is shown now, by the models whose results are there. */
export const disagreement = computed(() =>
  countDisagreements(
    shownModels.value.flatMap(({ id }) => {
      const result = results.value.get(id);
      return result === undefined ? [] : [result];
    }),
  ),
);
