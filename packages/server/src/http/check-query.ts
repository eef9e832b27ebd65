import { Problem } from './problem.js';

/** Of a name in a message, in letters. */
const MAX_SHOWN = 50;

/**
 * Refuses what would be dropped in silence after the `?` of an address: a parameter that is given more than once, of which one
 * would count, and one that the address does not take, such as a misspelt one.
 *
 * @param known parameters of the address; `undefined` where others may be added, as probes and caches do
 * @throws Problem 400
 */
export function checkQuery(parameters: URLSearchParams, known: readonly string[] | undefined): void {
  for (const name of new Set(parameters.keys())) {
    const shown = JSON.stringify(name.slice(0, MAX_SHOWN));
    const count = parameters.getAll(name).length;
    if (known?.includes(name) === false) {
      const taken = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
      throw new Problem(400, 'USAGE', `${shown}: is no parameter of this address; ${taken}`);
    }
    if (count > 1) throw new Problem(400, 'USAGE', `${shown}: is given ${count} times; give it once`);
  }
}
