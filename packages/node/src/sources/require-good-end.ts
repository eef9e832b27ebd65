/** Tells the normal end of a recording from damage, a broken connection and a killed ffmpeg. */
import { MienError } from '@mien/core';
import type { FfmpegInput } from './ffmpeg-input.js';
import type { RunningFfmpeg } from './ffmpeg.js';
import type { Damage } from './find-gaps.js';
import type { Sampling } from './source.js';
import { toTerminated } from './terminated.js';

/** Frames may end this long before the stated end, because of the last frame's duration, or sound that continues. */
const END_TOLERANCE_MS = 1000;

/** What is known when the last frame has been read. */
export interface Ending {
  readonly lastMs: number | undefined;
  readonly statedEndMs: number | undefined;
  readonly damage: Damage | undefined;
}

/** @throws MienError that says what is missing */
export function requireGoodEnd(
  { code, signal, errors }: Awaited<RunningFfmpeg['ended']>,
  { source, args, expectedEndMs, advice, isStream = false }: FfmpegInput,
  { toMs = Infinity, fromMs, afterMs, everyMs = 0 }: Sampling,
  { lastMs, statedEndMs, damage }: Ending,
): void {
  const endMs = expectedEndMs ?? statedEndMs;
  const detail = errors[0] === undefined ? '' : ` (${errors[0]})`;
  const reached = lastMs === undefined ? 'before its first frame' : `after ${toSeconds(lastMs)} s`;
  if (signal === 'SIGTERM') throw toTerminated(source, 'ffmpeg');
  if (signal !== null) {
    throw new MienError(
      'INPUT_UNREADABLE',
      `${source}: ffmpeg was killed (${signal}) ${reached}; run it again`,
    );
  }
  if (code !== 0) {
    throw new MienError('INPUT_UNREADABLE', `${source}: cannot be read ${reached}${detail}; ${advice}`);
  }
  const broken = findReadError(errors, args);
  if (broken !== undefined) {
    throw new MienError('INPUT_UNREADABLE', `${source}: broke off ${reached} (${broken}); ${advice}`);
  }
  if (isStream && endMs === undefined && toMs === Infinity) {
    throw new MienError(
      'INPUT_UNREADABLE',
      `${source}: ended ${reached}; if it should go on, ${advice} and start again`,
    );
  }
  const goesOnMs = Math.min(endMs ?? 0, toMs) - (lastMs ?? 0) - everyMs;
  if (errors.length > 0 && goesOnMs > END_TOLERANCE_MS) {
    throw new MienError('INPUT_INVALID', `${source}: is damaged or cut short ${reached}${detail}; ${advice}`);
  }
  const mayBeEmpty = fromMs !== undefined || afterMs !== undefined || toMs !== Infinity;
  if (lastMs === undefined && !mayBeEmpty) {
    throw new MienError('INPUT_INVALID', `${source}: holds no frames${detail}; ${advice}`);
  }
  requireNoGaps(source, damage, advice);
}

/** @throws MienError that names the longest missing part */
export function requireNoGaps(source: string, damage: Damage | undefined, advice: string): void {
  if (damage === undefined) return;
  const { gaps, reason } = damage;
  const longest = gaps.reduce((a, b) => (b.toMs - b.fromMs > a.toMs - a.fromMs ? b : a));
  const where = `from ${toSeconds(longest.fromMs)} s to ${toSeconds(longest.toMs)} s`;
  const what =
    gaps.length === 1 ? `the frames ${where} are missing` : `${gaps.length} parts are missing, most ${where}`;
  throw new MienError('INPUT_INVALID', `${source}: is damaged: ${what} (${reason}); ${advice}`);
}

function toSeconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}

/** Why reading ended early. For ffmpeg this is a normal end, about which it only prints a message. */
function findReadError(errors: readonly string[], args: readonly string[]): string | undefined {
  // Up to version 6.0, the message starts with the input's name.
  const name = args[args.indexOf('-i') + 1];
  for (const marker of [`${name}: `, 'Error during demuxing: ']) {
    const found = errors.find((error) => error.startsWith(marker));
    if (found !== undefined) return found.slice(marker.length);
  }
  return undefined;
}
