/** The built command on videos with unusual shapes, times and names, and known content. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intersectionOverUnion, type Box } from '@mien/core';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { bars, ffmpeg, HAS_FFMPEG, PORTRAIT } from '../../../node/src/testing/make-video.js';
import { runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const SETTINGS = ['--model', 'untrained.safetensors', '--format', 'json'];

async function analyze(...args: string[]) {
  const outcome = await runMien(['analyze', ...SETTINGS, ...args], { cwd: folder });
  return { ...outcome, moments: JSON.parse(outcome.stdout) as FrameResult[] };
}
const firstBox = (moments: readonly FrameResult[]): Box =>
  moments[0]?.faces[0]?.box ?? expect.fail('no face');
const timesOf = (moments: readonly FrameResult[]) => moments.map(({ timestampMs }) => timestampMs);
const closeTo = (times: readonly number[]) => times.map((time) => expect.closeTo(time, 1) as number);

/** The portrait at the left of a wide picture, 5 frames per second. */
const still = (seconds: number) => ['-loop', '1', '-t', String(seconds), '-r', '5', '-i', PORTRAIT];
const WIDE = 'scale=256:256,pad=400:256:0:0';

describe.skipIf(!HAS_FFMPEG)('a video (skipped where ffmpeg is not installed)', () => {
  let upright: Box;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-odd-'));
    await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
    await ffmpeg(...still(1), '-vf', WIDE, '-pix_fmt', 'yuv420p', inFolder('upright.mp4'));
    upright = firstBox((await analyze('upright.mp4')).moments);
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['90', 'transpose=2', [0, 1, -1, 0]],
    ['180', 'transpose=1,transpose=1', [-1, 0, 0, -1]],
    ['270', 'transpose=1', [0, -1, 1, 0]],
  ] as const)(
    'that a phone marked as rotated by %s degrees is upright',
    async (degrees, turn, [a, b, c, d]) => {
      const name = `turned-${degrees}.mp4`;
      await ffmpeg(...still(1), '-vf', `${WIDE},${turn}`, '-pix_fmt', 'yuv420p', inFolder(name));
      // The matrix in the track's header gives the rotation; players handle the offset.
      const bytes = await readFile(inFolder(name));
      const toMatrix = (...values: number[]) => {
        const matrix = Buffer.alloc(36);
        for (const [index, value] of values.entries())
          matrix.writeInt32BE(value * 0x10000, [0, 4, 12, 16][index]);
        matrix.writeInt32BE(0x40000000, 32);
        return matrix;
      };
      const at = bytes.indexOf(toMatrix(1, 0, 0, 1), bytes.indexOf('tkhd', 0, 'latin1'));
      expect(at).toBeGreaterThan(0);
      toMatrix(a, b, c, d).copy(bytes, at);
      await writeFile(inFolder(name), bytes);
      const { moments } = await analyze(name);
      expect(moments[0]).toMatchObject({ width: 400, height: 256 });
      expect(intersectionOverUnion(firstBox(moments), upright)).toBeGreaterThan(0.9);
    },
  );

  it('with non-square pixels has faces of their true shape', async () => {
    await ffmpeg(...still(1), '-vf', `${WIDE},scale=200:256,setsar=2`, inFolder('narrow.mkv'));
    const { moments } = await analyze('narrow.mkv');
    expect(moments[0]).toMatchObject({ width: 400, height: 256 });
    expect(intersectionOverUnion(firstBox(moments), upright)).toBeGreaterThan(0.9);
  });

  it('is read at any size and with any claimed pixel shape', async () => {
    const sizes = ['1x4000', '4000x1', '3x3', '1x1'];
    for (const size of sizes) {
      const scale = `scale=${size.replace('x', ':')}`; // claims pixels 4000 times as wide as high
      await ffmpeg(...bars('64x64', 5, 1), '-vf', scale, '-c:v', 'ffv1', inFolder(`${size}.mkv`));
    }
    const { exitCode, moments } = await analyze(...sizes.map((size) => `${size}.mkv`));
    expect({ exitCode, count: moments.length }).toEqual({ exitCode: 0, count: 5 * sizes.length });
    for (const { source, width, height } of moments) expect(`${width}x${height}.mkv`).toBe(source);
  });

  it('in 8K is analysed at half its size, with results in pixels of the source', async () => {
    const large = `${WIDE},scale=7680:4320,setsar=1`;
    await ffmpeg(
      ...still(0.6),
      '-vf',
      large,
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      inFolder('8k.mp4'),
    );
    const { moments } = await analyze('8k.mp4', '--detector', 'haar');
    const { moments: small } = await analyze('upright.mp4', '--detector', 'haar');
    expect(moments[0]).toMatchObject({ width: 7680, height: 4320, reducedBy: 2 });
    expect(small[0]).not.toHaveProperty('reducedBy');
    const { x, y, width, height } = firstBox(small);
    const [right, down] = [7680 / 400, 4320 / 256];
    const expected = { x: x * right, y: y * down, width: width * right, height: height * down };
    expect(intersectionOverUnion(firstBox(moments), expected)).toBeGreaterThan(0.7);
  });

  it('has the same faces in every pixel format', async () => {
    const kinds: Readonly<Record<string, readonly string[]>> = {
      'prores.mov': ['-c:v', 'prores_ks', '-pix_fmt', 'yuv422p10le'],
      'hdr.mkv': ['-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le', '-color_trc', 'smpte2084'],
      'grey.mkv': ['-c:v', 'ffv1', '-pix_fmt', 'gray16le'],
      'alpha.mov': ['-c:v', 'qtrle', '-pix_fmt', 'argb'],
      'interlaced.mpg': ['-c:v', 'mpeg2video', '-q:v', '2', '-flags', '+ildct+ilme', '-r', '25'],
    };
    for (const [name, options] of Object.entries(kinds)) {
      await ffmpeg(...still(1), '-vf', WIDE, ...options, inFolder(name));
    }
    const { exitCode, moments } = await analyze(...Object.keys(kinds), '--every', '200ms');
    expect(exitCode).toBe(0);
    for (const name of Object.keys(kinds)) {
      const found = moments.filter(({ source }) => source === name);
      expect({ name, count: found.length }).toEqual({ name, count: 5 });
      expect(intersectionOverUnion(firstBox(found), upright)).toBeGreaterThan(0.85);
    }
  });

  describe('begins at 0', () => {
    it.each([
      ['when its first time is later', 'later.ts', ['-output_ts_offset', '100']],
      ['when its clock runs over', 'wrap.ts', ['-output_ts_offset', '95443']],
    ])('%s', async (_, name, options) => {
      await ffmpeg('-i', inFolder('upright.mp4'), '-c', 'copy', ...options, inFolder(name));
      expect(timesOf((await analyze(name)).moments)).toEqual(closeTo([0, 200, 400, 600, 800]));
    });

    it('when its times are negative, which Matroska cannot store', async () => {
      const [before, copy] = [
        ['-itsoffset', '-0.4'],
        ['-c:v', 'ffv1', '-avoid_negative_ts', 'disabled'],
      ];
      await ffmpeg(...before, '-i', inFolder('upright.mp4'), ...copy, inFolder('negative.mkv'));
      const times = timesOf((await analyze('negative.mkv')).moments);
      expect(times.length).toBeGreaterThanOrEqual(3);
      expect(times).toEqual(closeTo([0, 200, 400, 600].slice(0, times.length)));
    });

    it('when an edit list cuts its beginning off', async () => {
      await ffmpeg(...bars('64x48', 10, 3), '-g', '50', '-pix_fmt', 'yuv420p', inFolder('uncut.mp4'));
      await ffmpeg('-ss', '1.05', '-i', inFolder('uncut.mp4'), '-c', 'copy', inFolder('edit.mp4'));
      const times = timesOf((await analyze('edit.mp4')).moments) as number[];
      expect(times[0]).toBeLessThan(100);
      expect(times.length).toBeGreaterThanOrEqual(18);
      expect(times.length).toBeLessThanOrEqual(20);
    });

    it('with the sound, if that begins before the pictures, wherever reading starts', async () => {
      const sound = ['-f', 'lavfi', '-i', 'sine=duration=2'];
      const late = ['-itsoffset', '0.5', '-i', inFolder('upright.mp4')];
      for (const name of ['late.ts', 'late.mp4']) {
        await ffmpeg(...late, ...sound, '-map', '0:v', '-map', '1:a', '-c:v', 'copy', inFolder(name));
        const { moments } = await analyze(name);
        expect(timesOf(moments)).toEqual(
          [500, 700, 900, 1100, 1300].map((time) => expect.closeTo(time, -2) as number),
        );
        expect(timesOf((await analyze(name, '--from', '800ms')).moments)).toEqual(timesOf(moments).slice(2));
      }
    });
  });

  it('can have any name', async () => {
    const names = [
      '-dash.mp4',
      'a:b.mp4',
      'a%d.mp4',
      'new\nline.mp4',
      '顔 ü.mp4',
      '[x]*.mp4',
      'http:x.mp4',
      'q\'".mp4',
    ];
    await mkdir(inFolder('names'));
    const bytes = await readFile(inFolder('upright.mp4'));
    for (const name of names) await writeFile(join(folder, 'names', name), bytes);
    const ofFolder = await analyze('names', '--every', '1s', '--detector', 'haar');
    expect(ofFolder).toMatchObject({ exitCode: 0 });
    expect(ofFolder.moments.map(({ source }) => source).sort()).toEqual(
      names.map((name) => `names/${name}`).sort(),
    );
    const options = ['--every', '1s', '--detector', 'haar', '--annotate', 'drawn%d:x.mp4'];
    const args = [
      'analyze',
      '--model',
      '../untrained.safetensors',
      '--format',
      'json',
      ...options,
      '--',
      '-dash.mp4',
    ];
    const { exitCode, stdout } = await runMien(args, { cwd: inFolder('names') });
    expect({ exitCode, source: (JSON.parse(stdout) as FrameResult[])[0]?.source }).toEqual({
      exitCode: 0,
      source: '-dash.mp4',
    });
    expect((await readFile(inFolder('names/drawn%d:x.mp4'))).length).toBeGreaterThan(1000);
  });
});
