/**
 * Reads the times of all packets of a track, without decoding them: whether the file can be read in chunks, and where.
 *
 * A line for each packet comes from ffprobe, in the order of decoding, so memory holds the key frames alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { toTerminated } from './terminated.js';
import { toLocalInput, type VideoFile } from './video-file.js';

export interface PacketIndex {
  /** Presentation times of the key frames, from the start of the recording, rising. */
  readonly keysMs: readonly number[];
  /** The last presentation time. */
  readonly lastMs: number;
  /** How much later than it is decoded a frame is shown, at most. */
  readonly delayMs: number;
}

/**
 * @returns `undefined` for a track whose clock stands still, goes back or is unknown: it is read from its start
 */
export async function indexPackets(
  path: string,
  { track, originMs }: Pick<VideoFile, 'track' | 'originMs'>,
  signal?: AbortSignal,
): Promise<PacketIndex | undefined> {
  const entries = ['-select_streams', String(track.index), '-show_entries', 'packet=pts_time,dts_time,flags'];
  const args = ['-v', 'error', '-of', 'csv=p=0', ...entries, ...toLocalInput(path)];
  const child = spawn('ffprobe', args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true, signal });
  const ended = once(child, 'close').catch(() => []) as Promise<
    [code?: number | null, signal?: NodeJS.Signals | null]
  >;
  const keysMs: number[] = [];
  let [lastMs, lastKeyMs, lastDtsMs, delayMs] = [-Infinity, -Infinity, -Infinity, 0];
  let isSteady = true;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [pts = '', dts = '', flags = ''] = line.split(',');
      if (line === '') continue;
      const ptsMs = Number(pts) * 1000 - originMs;
      if (!Number.isFinite(ptsMs) || pts === '') isSteady = false;
      if (!isSteady) break;
      if (dts !== 'N/A' && dts !== '') {
        const dtsMs = Number(dts) * 1000 - originMs;
        if (!(dtsMs >= lastDtsMs)) isSteady = false;
        lastDtsMs = dtsMs;
        delayMs = Math.max(delayMs, ptsMs - dtsMs);
      }
      if (flags.startsWith('K')) {
        if (ptsMs <= lastKeyMs) isSteady = false;
        lastKeyMs = ptsMs;
        keysMs.push(ptsMs);
      }
      if (!flags.includes('D')) lastMs = Math.max(lastMs, ptsMs);
    }
    // It went on to its end: to that of the file, unless others ended it.
    if (isSteady && (await ended)[1] === 'SIGTERM') throw toTerminated(path, 'ffprobe');
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
    await ended;
  }
  return isSteady && keysMs.length > 0 && lastMs > -Infinity ? { keysMs, lastMs, delayMs } : undefined;
}
