/**
 * The system's ffmpeg, which knows every codec. It is found in PATH, never shipped.
 *
 * What it says is read from its stderr, where every line carries its level (`-loglevel level+info`).
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { MienError } from '@mien/core';

const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install ffmpeg',
  win32: 'winget install ffmpeg',
  linux: 'sudo apt install ffmpeg (or dnf, pacman, apk)',
};

/** What a local file may make ffmpeg open: itself. A playlist that names addresses does not reach them. */
export const LOCAL_ONLY = ['-protocol_whitelist', 'file,pipe'] as const;
const LOUDEST_JSON = 4 * 2 ** 20;

export interface Ffmpeg {
  /** Major and minor in one number that orders: 5.1 is 501; builds from git are newer than any. */
  readonly version: number;
}

let found: Promise<Ffmpeg> | undefined;

/**
 * Looks once per process whether there is a usable ffmpeg.
 *
 * @throws MienError `UNSUPPORTED` that says how to install it, in words that follow on `need`
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

/** Every frame with its own time: the option was renamed in 5.1, and the old name is gone from 7.1 on. */
export function keepTimes({ version }: Ffmpeg): string[] {
  return version >= 501 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough'];
}

/**
 * What ffprobe says of a file, as JSON.
 *
 * @throws MienError `UNSUPPORTED` where ffprobe is missing, `INPUT_INVALID` where it refuses the file
 */
export async function runFfprobe(source: string, args: readonly string[]): Promise<unknown> {
  try {
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-of', 'json', ...args], {
      maxBuffer: LOUDEST_JSON,
    });
    return JSON.parse(stdout) as unknown;
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw toMissing(source, 'ffprobe', cause);
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
  /** Settles when the process is over and its pipes are closed; what it said at level error or worse: the first ones and the last. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: readonly string[] }>;
  /** Ends it at once; `ended` settles. */
  stop(): void;
}

const KEPT_ERRORS = 20;

/**
 * Starts ffmpeg with pipes; `lines` are those of its stderr.
 *
 * It is no member of the terminal's group of processes: Ctrl-C is ours to answer, by asking for no more frames.
 */
export function startFfmpeg(args: readonly string[]): RunningFfmpeg {
  const child = spawn('ffmpeg', ['-hide_banner', '-nostats', '-loglevel', 'level+info', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const errors: string[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    const text = /\[(?:error|fatal|panic)\] (.*)/.exec(line)?.[1];
    if (text === undefined) return;
    // The first ones say what began to go wrong, the last one why it ended.
    if (errors.length === KEPT_ERRORS) errors.pop();
    errors.push(toDetail(text));
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string[] }>(
    (resolve) => {
      child.once('error', (error) => {
        resolve({ code: null, signal: null, errors: [error.message] });
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal, errors });
      });
    },
  );
  // What it no longer reads is its own affair: it says why on stderr, and `ended` tells.
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

/** A line of ffmpeg's without its trailing colon and without control characters. */
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
