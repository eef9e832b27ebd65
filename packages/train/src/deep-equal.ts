/** Whether two values of plain data (records, lists, strings, numbers, booleans, null, undefined) are equal in every part. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [entries, other] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => Object.hasOwn(b, key) && deepEqual(value, other[key]))
  );
}
