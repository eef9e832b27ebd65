import type { ChunkPlan } from './chunk.js';
import type { Sampling } from './source.js';

/** As `planChunks` of `plan-chunks.ts`, which programs that only read pictures do not load. */
export async function planChunks(
  path: string,
  sampling: Sampling,
  chunkMs: number,
): Promise<ChunkPlan | undefined> {
  return (await import('./plan-chunks.js')).planChunks(path, sampling, chunkMs);
}
