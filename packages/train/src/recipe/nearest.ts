/** The name that somebody probably meant; the first one where several are as near. `undefined` where there is none. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, MAX_LENGTH).toLowerCase();
  return known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .reduce<{ candidate: string; distance: number } | undefined>(
      (best, next) => (best === undefined || next.distance < best.distance ? next : best),
      undefined,
    )?.candidate;
}

/** A name may come from a hostile file; no name of ours is longer. */
const MAX_LENGTH = 64;

/**
 * How many letters have to be put in, taken out or changed.
 * Ref: Wagner, Fischer 1974, "The String-to-String Correction Problem".
 */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
