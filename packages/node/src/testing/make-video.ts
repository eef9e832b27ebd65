/** Makes small videos with the system's ffmpeg; tests that need it are skipped if it is missing. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const HAS_FFMPEG = spawnSync('ffmpeg', ['-version']).status === 0;

export const PORTRAIT = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));

/** Runs ffmpeg; its messages become the error. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
}

/** Moving bars, so that no two frames are alike. */
export function bars(size: string, rate: number, seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${rate}:duration=${seconds}`];
}

/** The portrait, moving to the right, at 10 frames per second. */
export async function makePortraitVideo(path: string, seconds: number): Promise<void> {
  const filters = 'scale=256:256,pad=336:256:x=0:y=0,scroll=h=-0.004';
  await ffmpeg(
    '-loop',
    '1',
    '-t',
    String(seconds),
    '-r',
    '10',
    '-i',
    PORTRAIT,
    '-vf',
    filters,
    '-pix_fmt',
    'yuv420p',
    '-g',
    '10',
    path,
  );
}

export interface TwoFaces {
  readonly seconds: number;
  /** Frames per second; default 5. */
  readonly rate?: number;
  /** A filter of the frames; default all of them. */
  readonly filter?: string;
  /** Arguments of ffmpeg before the path. */
  readonly output?: readonly string[];
}

/** Two faces that move apart, 320×128 pixels. */
export async function makeTwoFacesVideo(
  path: string,
  { seconds, rate = 5, filter = 'null', output = [] }: TwoFaces,
): Promise<void> {
  const portrait = ['-loop', '1', '-t', String(seconds), '-r', String(rate), '-i', PORTRAIT];
  const graph = [
    '[0]scale=112:112,split[left][plain]',
    '[plain]hflip[right]',
    `color=gray:size=320x128:rate=${rate}:duration=${seconds}[wall]`,
    "[wall][left]overlay=x='44-6*t':y=4[one]",
    `[one][right]overlay=x='164+6*t':y=8,format=yuv420p,${filter}`,
  ];
  await ffmpeg(...portrait, '-filter_complex', graph.join(';'), ...output, path);
}

/** The presentation times of a video's frames in milliseconds, from ffprobe. */
export async function probeTimes(path: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...[
      '-v',
      'error',
      '-select_streams',
      'v',
      '-show_entries',
      'frame=best_effort_timestamp_time',
      '-of',
      'json',
      path,
    ],
  ]);
  const { frames } = JSON.parse(stdout) as { frames: { best_effort_timestamp_time: string }[] };
  return frames.map((frame) => Number(frame.best_effort_timestamp_time) * 1000);
}
