/** The built command on videos that change in the middle: size, clock, damage; every decoded frame has a row, or a line says why not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { bars, ffmpeg, HAS_FFMPEG, probeTimes } from '../../../node/src/testing/make-video.js';
import { turnVideo } from '../../../node/src/testing/turn-video.js';
import { errorsOf, MIEN, runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar', '--format', 'ndjson'];

function toOutcome(stdout: string, stderr: string, exitCode: number | null) {
  const found = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FrameResult & { width?: number });
  return {
    exitCode,
    stderr: errorsOf(stderr),
    said: stderr,
    times: found.map(({ timestampMs = NaN }) => timestampMs),
  };
}

async function analyze(...args: string[]) {
  const { stdout, stderr, exitCode } = await runMien(['analyze', ...args, ...SETTINGS], { cwd: folder });
  return toOutcome(stdout, stderr, exitCode);
}

async function pipe(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [MIEN, 'analyze', '-', ...args, ...SETTINGS], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createReadStream(inFolder(name)).pipe(child.stdin);
  const [exitCode] = (await once(child, 'close')) as [number];
  return toOutcome(stdout, stderr, exitCode);
}

async function join2(target: string, ...parts: readonly string[]): Promise<void> {
  await writeFile(
    inFolder(target),
    Buffer.concat(await Promise.all(parts.map((part) => readFile(inFolder(part))))),
  );
}

const every100 = (count: number) =>
  Array.from({ length: count }, (_, i) => expect.closeTo(i * 100, 0) as number);

describe.skipIf(!HAS_FFMPEG)('a video (skipped where ffmpeg is not installed)', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-broken-'));
    await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
    const short = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '5', '-bf', '0'];
    await ffmpeg(...bars('64x48', 10, 2), ...short, inFolder('small.ts'));
    await ffmpeg(...bars('96x72', 10, 2), ...short, inFolder('large.ts'));
    await ffmpeg(...bars('64x48', 10, 2), ...short, '-output_ts_offset', '95000', inFolder('late.ts'));
    await ffmpeg(...bars('64x48', 25, 2), '-c:v', 'mpeg2video', '-q:v', '3', inFolder('one.vob'));
    await ffmpeg(...bars('64x48', 10, 10), '-pix_fmt', 'yuv420p', '-g', '10', inFolder('long.mp4'));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe('whose size changes', () => {
    it.each([
      ['grows', '64x48', '128x96'],
      ['shrinks', '128x96', '64x48'],
      ['gets another shape', '64x48', '48x64'],
    ])('has all frames when it %s, in the copy too', async (name, before, after) => {
      for (const [part, size] of [before, after].entries()) {
        await ffmpeg(
          ...bars(size, 10, 1),
          '-c:v',
          'libvpx',
          '-deadline',
          'realtime',
          inFolder(`${part}.webm`),
        );
      }
      const list = inFolder('list.txt');
      await writeFile(list, `file '${inFolder('0.webm')}'\nfile '${inFolder('1.webm')}'\n`);
      await ffmpeg('-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', inFolder(`${name}.webm`));
      const plain = await analyze(`${name}.webm`);
      expect(plain).toMatchObject({ exitCode: 0, stderr: '', times: every100(20) });
      const sampled = await analyze(`${name}.webm`, '--every', '400ms');
      expect(sampled.times).toEqual([0, 400, 800, 1200, 1600]);
      const drawn = await analyze(`${name}.webm`, '--annotate', 'drawn.mp4');
      expect(drawn).toMatchObject({ exitCode: 0, stderr: '', times: every100(20) });
      expect(await probeTimes(inFolder('drawn.mp4'))).toHaveLength(20);
    });
  });

  describe('whose clock', () => {
    it.each([
      ['starts again', ['small.ts', 'small.ts'], 40],
      ['starts again twice', ['small.ts', 'small.ts', 'small.ts'], 60],
      ['jumps far ahead', ['small.ts', 'late.ts'], 40],
      ['jumps ahead and back', ['small.ts', 'late.ts', 'small.ts'], 60],
      ['starts again with another size', ['small.ts', 'large.ts', 'small.ts'], 60],
    ])(
      '%s has all frames, and its times never fall, from a file and from a pipe',
      async (name, parts, count) => {
        const joined = `${name.replaceAll(' ', '-')}.ts`;
        await join2(joined, ...parts);
        for (const outcome of [await analyze(joined), await pipe(joined)]) {
          expect(outcome).toMatchObject({ exitCode: 0, stderr: '', times: every100(count) });
        }
        const slots = (await analyze(joined, '--every', '500ms')).times;
        expect(slots).toHaveLength(count / 5);
        expect(slots[1]).toBeCloseTo(500, 0);
      },
    );

    it('starts again is read from and to a time', async () => {
      await join2('twice.ts', 'small.ts', 'small.ts');
      expect(await analyze('twice.ts', '--from', '1.5s', '--to', '3s')).toMatchObject({
        exitCode: 0,
        times: every100(30).slice(15),
      });
    });

    it('starts again in an MPEG program stream has all frames', async () => {
      await join2('cells.vob', 'one.vob', 'one.vob');
      const { exitCode, times } = await analyze('cells.vob');
      expect({ exitCode, count: times.length }).toEqual({ exitCode: 0, count: 100 });
      times.slice(1).forEach((time, i) => expect(time).toBeGreaterThan(times[i] ?? Infinity));
      expect(times.at(-1)).toBeLessThan(4100);
    });
  });

  it.each([1, 5, 30, 45, 60, 89])('that is turned by %d° has all frames', async (degrees) => {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const name = `turned-${degrees}.mp4`;
    await writeFile(inFolder(name), turnVideo(await readFile(inFolder('long.mp4')), [cos, sin, -sin, cos]));
    expect(await analyze(name, '--to', '1s')).toMatchObject({ exitCode: 0, times: every100(10) });
  });

  describe('that is damaged in the middle', () => {
    it.each(['mkv', 'ts', 'mp4', 'mpg'])('keeps its frames and names the gap: %s', async (ending) => {
      const name = `whole.${ending}`;
      const codec = ending === 'mpg' ? ['-c:v', 'mpeg2video', '-r', '25'] : ['-c', 'copy'];
      await ffmpeg('-i', inFolder('long.mp4'), ...codec, inFolder(name));
      const whole = await analyze(name);
      expect(whole).toMatchObject({ exitCode: 0, stderr: '' });
      const bytes = await readFile(inFolder(name));
      bytes.fill(0, Math.floor(bytes.length * 0.42), Math.floor(bytes.length * 0.62));
      await writeFile(inFolder(`hole.${ending}`), bytes);
      const { exitCode, stderr, times } = await analyze(`hole.${ending}`);
      expect(stderr).toMatch(
        /^mien: hole\.\w+: is damaged: (the frames|\d+ parts are missing, most) from \d+\.\d{3} s to \d+\.\d{3} s/,
      );
      expect(exitCode).toBe(1);
      expect(times.length).toBeLessThan(whole.times.length);
      expect(times.at(-1)).toBeCloseTo(whole.times.at(-1) ?? NaN, 0);
    });

    it('keeps its frames and says so where times are counted: avi', async () => {
      await ffmpeg('-i', inFolder('long.mp4'), '-c', 'copy', inFolder('whole.avi'));
      const bytes = await readFile(inFolder('whole.avi'));
      bytes.fill(0, Math.floor(bytes.length * 0.42), Math.floor(bytes.length * 0.62));
      await writeFile(inFolder('hole.avi'), bytes);
      const { exitCode, stderr, times } = await analyze('hole.avi');
      expect(stderr).toMatch(/^mien: hole\.avi: is damaged[^\n]* s [^\n]*\n$/);
      expect({ exitCode, isPart: times.length > 20 }).toEqual({ exitCode: 1, isPart: true });
    });

    it('is not thought to be damaged because of a pause', async () => {
      const paused = "setpts='PTS+gt(N,20)*3/TB'";
      await ffmpeg('-i', inFolder('long.mp4'), '-vf', paused, '-fps_mode', 'vfr', inFolder('paused.mkv'));
      expect(await analyze('paused.mkv')).toMatchObject({ exitCode: 0, stderr: '' });
    });
  });

  it.each([
    ['the largest', [], '128x96'],
    [
      'the default',
      ['-disposition:v:0', 'default', '-disposition:v:1', '0', '-disposition:v:2', '0'],
      '64x48',
    ],
  ])('with several tracks is read as ffmpeg does, and says so: %s', async (name, dispositions, size) => {
    const file = `${name.replace(' ', '-')}.mkv`;
    const inputs = ['64x48', '128x96', '96x72'].flatMap((each) => bars(each, 5, 1));
    const none = ['-disposition:v', '0', '-default_mode', 'passthrough'];
    const tracks = ['-map', '0', '-map', '1', '-map', '2', '-c:v', 'ffv1', ...none, ...dispositions];
    await ffmpeg(...inputs, ...tracks, inFolder(file));
    const { exitCode, said, times } = await analyze(file);
    expect({ exitCode, count: times.length }).toEqual({ exitCode: 0, count: 5 });
    expect(said).toContain(
      `note: ${file}: has 3 tracks of pictures; ffmpeg's choice of ${size.replace('x', '×')} pixels is read\n`,
    );
  });
});
