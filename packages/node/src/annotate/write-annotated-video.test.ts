import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HAS_FFMPEG } from '../testing/make-video.js';
import { openAnnotatedVideo } from './write-annotated-video.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-drawn-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const [width, height] = [640, 480];
const frame = { width, height, channels: 3, data: new Uint8Array(width * height * 3) } as const;
const analysisAt = (index: number) => ({ width, height, faces: [], timestampMs: index * 40 }) as never;

const childrenOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
const isFfmpeg = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ffmpeg';

it.skipIf(!HAS_FFMPEG || !existsSync('/proc/self/task'))(
  'fails soon after its encoder died, and collects no listeners (skipped without ffmpeg and /proc)',
  async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const video = await openAnnotatedVideo(inFolder('died.mp4'), frame);
    await video.add(frame, analysisAt(0));
    for (const pid of childrenOf(process.pid).filter(isFfmpeg)) process.kill(pid, 'SIGKILL');
    const addAll = async () => {
      for (let index = 1; index < 500; index++) {
        await video.add(frame, analysisAt(index));
        await pause(5);
      }
    };
    await expect(addAll()).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining('died.mp4: cannot be written (ffmpeg was ended)') as string,
    });
    await expect(video.end()).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('died'))).toEqual([]);
  },
);

it.skipIf(!HAS_FFMPEG)('follows a link (skipped without ffmpeg)', async () => {
  await symlink('target.mp4', inFolder('link.mp4'));
  const video = await openAnnotatedVideo(inFolder('link.mp4'), frame);
  for (let index = 0; index < 3; index++) await video.add(frame, analysisAt(index));
  await video.end();
  expect((await lstat(inFolder('link.mp4'))).isSymbolicLink()).toBe(true);
  expect((await lstat(inFolder('target.mp4'))).isFile()).toBe(true);
});
