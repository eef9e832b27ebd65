import { MienError } from './errors.js';
import { isRecord } from './is-record.js';

/**
 * Refuses options of `createAnalyzer` that there are not, so that a misspelt one is not ignored.
 *
 * @param known the names of all options
 * @throws MienError `USAGE`
 */
export function checkOptions(options: unknown, known: Readonly<Record<string, true>>): void {
  if (!isRecord(options)) {
    const given = typeof options === 'string' ? `"${options}"` : String(options);
    throw new MienError('USAGE', `createAnalyzer: takes an object such as { model: 'nano' }, got ${given}`);
  }
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(known, key));
  if (unknown === undefined) return;
  const names = Object.keys(known).join(', ');
  throw new MienError('USAGE', `createAnalyzer: there is no option ${unknown}; the options are ${names}`);
}
