/**
 * Numbers in 0…1 that are the same in every run.
 *
 * Ref: Park, Miller, "Random number generators: good ones are hard to find", CACM 31, 1988, with their later
 * multiplier 48271.
 */
export function createTestRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
