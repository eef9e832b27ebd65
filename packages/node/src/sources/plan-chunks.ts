/**
 * Divides a video file into chunks that several workers can read in any order.
 *
 *   grid      multiples of `chunkMs` of presentation time, where the search for faces starts anew in every analysis
 *   chunk     one or several cells of the grid, with a key frame shortly before its start, so that decoding begins there
 *
 * A chunk begins to decode early enough to be past what its first frames refer to (open groups of pictures, frames that are
 * shown in another order), and to see from its start on the interval of `everyMs` that lies across the grid line. What it
 * selects before its own first frame is left out, and it ends with one frame beyond its last: whoever joins the chunks sees
 * that each goes on exactly where the one before ended.
 */
import { cellOf, type ChunkPlan } from './chunk.js';
import { HEAD_BYTES, isPictureHead, isVideo } from './file-kinds.js';
import { indexPackets } from './index-packets.js';
import { readHead } from './read-head.js';
import type { Sampling } from './source.js';
import { describeVideo, probeFile, SEEK_MARGIN_MS } from './video-file.js';

/** Intervals of sampling up to this share of a cell: longer ones would decode more before a chunk than it is long. */
const MAX_INTERVAL_SHARE = 1 / 4;

/**
 * @param path a file of this machine
 * @returns `undefined` for what is read in one piece: pictures, animations, short videos, files that cannot be read from
 *   their middle or whose clock restarts, and files that cannot be read at all, about which reading says more
 */
export async function planChunks(
  path: string,
  sampling: Sampling,
  chunkMs: number,
): Promise<ChunkPlan | undefined> {
  const { everyMs = 0, fromMs = 0, toMs = Infinity, signal } = sampling;
  if (everyMs > chunkMs * MAX_INTERVAL_SHARE) return undefined;
  const head = await readHead(path).catch(() => new Uint8Array(0));
  if (head.length === 0 || !isVideo(head.subarray(0, HEAD_BYTES), path) || isPictureHead(head))
    return undefined;
  const file = await probeFile(path).then(
    (probe) => describeVideo(path, probe),
    () => undefined,
  );
  if (file?.canSeek !== true) return undefined;
  if (Math.min(file.endMs ?? Infinity, toMs) - fromMs <= chunkMs) return undefined;
  const index = await indexPackets(path, file, signal);
  if (index === undefined) return undefined;
  const leadMs = SEEK_MARGIN_MS + index.delayMs;
  const firstCell = cellOf(fromMs, chunkMs);
  const lastCell = cellOf(Math.min(index.lastMs, toMs), chunkMs);
  const starts = [firstCell];
  for (let cell = firstCell + 1; cell <= lastCell; cell++) {
    const lineMs = cell * chunkMs;
    const decodedMs = index.keysMs.findLast((keyMs) => keyMs <= lineMs - leadMs) ?? 0;
    // Where key frames are rare, the chunk before goes on.
    if (lineMs - decodedMs <= chunkMs + leadMs) starts.push(cell);
  }
  if (starts.length === 1) return undefined;
  return {
    chunks: starts.map((startCell, at) => {
      const endCell = starts[at + 1];
      return { startCell, ...(endCell !== undefined && { endCell }), isFirst: at === 0, leadMs };
    }),
    endMs: file.endMs === undefined ? sampling.toMs : Math.min(file.endMs, toMs),
    notes: file.notes,
  };
}
