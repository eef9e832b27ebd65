/**
 * The system's ffmpeg, which supports every codec. It is found in PATH and not part of this package.
 *
 * Its messages are read from stderr, where every line has its level (`-loglevel level+info`).
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { MienError } from '@mien/core';
import { toTerminated } from './terminated.js';

const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install ffmpeg',
  win32: 'winget install ffmpeg',
  linux: 'sudo apt install ffmpeg (or dnf, pacman, apk)',
};

/** A local file may make ffmpeg open only local files: a playlist cannot reach addresses. */
export const LOCAL_ONLY = ['-protocol_whitelist', 'file,pipe'] as const;
const LOUDEST_JSON = 4 * 2 ** 20;

export interface Ffmpeg {
  /** Major and minor version as one number: 5.1 is 501; builds from git are newer than all releases. */
  readonly version: number;
}

let found: Promise<Ffmpeg> | undefined;

/**
 * Checks once per process that ffmpeg is installed.
 *
 * @param need what needs it: the start of the error message
 * @throws MienError `UNSUPPORTED` that says how to install it
 */
export async function requireFfmpeg(need: string): Promise<Ffmpeg> {
  found ??= promisify(execFile)('ffmpeg', ['-hide_banner', '-version']).then(({ stdout }) => {
    const [, major, minor] = /^ffmpeg version n?(\d{1,3})\.(\d+)/.exec(stdout) ?? [];
    return { version: major === undefined ? Infinity : Number(major) * 100 + Number(minor) };
  });
  try {
    return await found;
  } catch (cause) {
    throw toMissing(need, 'ffmpeg', cause);
  }
}

/** Keeps the time of every frame: the option was renamed in 5.1, and its old name was removed in 7.1. */
export function keepTimes({ version }: Ffmpeg): string[] {
  return version >= 501 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough'];
}

/** Keeps the size of every frame, also where it changes: by default, ffmpeg scales all to the first one (since 4.4). */
export function keepSizes({ version }: Ffmpeg): string[] {
  return version >= 404 ? ['-autoscale', '0'] : [];
}

/**
 * Runs ffprobe on a file and parses its JSON.
 *
 * @throws MienError `UNSUPPORTED` if ffprobe is missing, `INPUT_INVALID` if it rejects the file, `WORKER_FAILED` if others end it; the signal's reason
 */
export async function runFfprobe(
  source: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-of', 'json', ...args], {
      maxBuffer: LOUDEST_JSON,
      signal,
    });
    return JSON.parse(stdout) as unknown;
  } catch (cause) {
    signal?.throwIfAborted();
    const {
      code,
      signal: endedBy,
      stderr = '',
    } = cause as { code?: unknown; signal?: unknown; stderr?: string };
    if (code === 'ENOENT') throw toMissing(source, 'ffprobe', cause);
    if (endedBy === 'SIGTERM') throw toTerminated(source, 'ffprobe', cause);
    const detail =
      stderr
        .trim()
        .split('\n')[0]
        ?.replace(/^\[[^\]]*\] /, '') ?? '';
    throw new MienError(
      'INPUT_INVALID',
      `${source}: holds no readable video (${toDetail(detail)}); copy or download it again`,
      { cause },
    );
  }
}

export interface RunningFfmpeg {
  readonly process: ChildProcessWithoutNullStreams;
  readonly lines: Interface;
  /** Resolves when the process has ended and its pipes are closed. `errors` are its first messages of level error or worse, and the last. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: readonly string[] }>;
  /** Kills it; `ended` resolves. */
  stop(): void;
}

const KEPT_ERRORS = 20;
/** What ffmpeg says of SIGTERM, before it ends by itself with 255. */
const TERMINATED = 'Exiting normally, received signal 15.';

/**
 * Starts ffmpeg with pipes; `lines` are those of its stderr.
 *
 * It is not in the terminal's process group, so that Ctrl-C reaches only this process, which then stops reading frames.
 */
export function startFfmpeg(args: readonly string[]): RunningFfmpeg {
  const child = spawn('ffmpeg', ['-hide_banner', '-nostats', '-loglevel', 'level+info', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const errors: string[] = [];
  const lines = createInterface({ input: child.stderr });
  let isTerminated = false;
  lines.on('line', (line) => {
    if (line.endsWith(TERMINATED)) isTerminated = true;
    const text = /\[(?:error|fatal|panic)\] (.*)/.exec(line)?.[1];
    if (text === undefined) return;
    // The first messages show the cause, the last one the reason for the end.
    if (errors.length === KEPT_ERRORS) errors.pop();
    errors.push(toDetail(text));
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string[] }>(
    (resolve) => {
      child.once('error', (error) => {
        resolve({ code: null, signal: null, errors: [error.message] });
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal: isTerminated ? 'SIGTERM' : signal, errors });
      });
    },
  );
  // ffmpeg may stop reading; stderr and `ended` explain why.
  child.stdin.on('error', () => undefined);
  return {
    process: child,
    lines,
    ended,
    stop() {
      child.kill('SIGKILL');
      child.stdout.destroy();
    },
  };
}

/** Writes to its stdin. Resolves when it wants more, and also when it reads no more: `ended` explains why. */
export async function feedFfmpeg({ process: { stdin } }: RunningFfmpeg, bytes: Uint8Array): Promise<void> {
  if (stdin.destroyed || stdin.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    stdin.on('drain', done).on('close', done);
  });
}

/** A message of ffmpeg without trailing punctuation and control characters. */
function toDetail(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').replace(/[:.\s]+$/, '');
}

function toMissing(need: string, program: string, cause: unknown): MienError {
  const how = INSTALL[process.platform] ?? 'see https://ffmpeg.org/download.html';
  return new MienError(
    'UNSUPPORTED',
    `${need}: needs ${program}, which is not installed or not in PATH; install it with ${how}`,
    { cause },
  );
}
