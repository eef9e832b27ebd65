import type { MienError } from '../../errors.js';
import { KEY_POINT_NAMES, type KeyPointName } from '../../geometry/key-points.js';

/** The names of a detector's key points, in the order of its outputs. All names that `KeyPoints` requires have to be present, each name at most once. */
export function parseKeyPoints(
  items: readonly unknown[],
  error: (key: string, expected: string, value: unknown) => MienError,
): readonly KeyPointName[] {
  const names = items.map((item, index) => {
    const name = KEY_POINT_NAMES.find((known) => known === item);
    if (name === undefined) throw error(`keyPoints[${index}]`, `one of ${KEY_POINT_NAMES.join(', ')}`, item);
    return name;
  });
  const needed = KEY_POINT_NAMES.filter((name) => !name.endsWith('Tragion'));
  const isWhole = needed.every((name) => names.includes(name)) && new Set(names).size === names.length;
  if (!isWhole) throw error('keyPoints', `different names, ${needed.join(', ')} among them`, names);
  return names;
}
