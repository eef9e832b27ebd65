/** The sound of annotated videos is kept and in sync. A flash and a beep mark every second. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { ffmpeg, HAS_FFMPEG } from '../../../node/src/testing/make-video.js';
import { runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar', '--format', 'csv'];
const annotate = (...args: string[]) => runMien(['analyze', ...SETTINGS, ...args], { cwd: folder });

async function decode(...args: string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const;
  return (await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', ...args, 'pipe:1'], options))
    .stdout;
}

/** Times at which a signal rises above a threshold, in seconds. */
function risesOf(values: readonly number[], perSecond: number, threshold: number): number[] {
  return values.flatMap((value, at) =>
    at > 0 && value > threshold && (values[at - 1] ?? 0) <= threshold ? [at / perSecond] : [],
  );
}
async function flashesOf(name: string): Promise<number[]> {
  const pixels = await decode('-i', inFolder(name), '-vf', 'fps=100,scale=1:1,format=gray', '-f', 'rawvideo');
  return risesOf([...pixels], 100, 128);
}
/** Loudness in steps of 10 ms. */
async function beepsOf(name: string): Promise<number[]> {
  const asPlayed = ['-af', 'aresample=async=1:first_pts=0', '-ac', '1', '-ar', '8000', '-f', 's16le'];
  const samples = await decode('-i', inFolder(name), ...asPlayed);
  const loudness = Array.from({ length: Math.floor(samples.length / 160) }, (_, step) => {
    const values = Array.from({ length: 80 }, (__, at) => Math.abs(samples.readInt16LE(step * 160 + at * 2)));
    return Math.max(...values);
  });
  return risesOf(loudness, 100, 6000);
}
const near = (seconds: readonly number[]) => seconds.map((at) => expect.closeTo(at, 1) as number);

describe.skipIf(!HAS_FFMPEG)('an annotated video (skipped where ffmpeg is not installed)', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-sound-'));
    await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
    const isOn = 'lt(mod(t,1),0.1)';
    await ffmpeg(
      ...['-f', 'lavfi', '-t', '4', '-i', 'color=black:s=64x48:r=25'],
      ...['-f', 'lavfi', '-t', '4', '-i', `aevalsrc='if(${isOn},0.8*sin(2*PI*880*t),0)':s=44100`],
      ...['-vf', `drawbox=c=white:t=fill:enable='${isOn}'`, '-pix_fmt', 'yuv420p', inFolder('marked.mp4')],
    );
    await ffmpeg(
      '-i',
      inFolder('marked.mp4'),
      '-c',
      'copy',
      '-output_ts_offset',
      '100',
      inFolder('marked.ts'),
    );
    await ffmpeg('-i', inFolder('marked.mp4'), '-c:v', 'copy', '-c:a', 'pcm_s16le', inFolder('marked.mkv'));
    await ffmpeg('-i', inFolder('marked.mp4'), '-c', 'copy', '-an', inFolder('mute.mp4'));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['marked.mp4', 'a.mp4', [], [1, 2, 3]],
    ['a part of marked.mp4', 'b.mp4', ['--from', '1.5s', '--to', '3.5s'], [0.5, 1.5]],
    ['marked.ts', 'c.mov', [], [1, 2, 3]],
    ['marked.mkv', 'd.mp4', ['--from', '0.3s'], [0.7, 1.7, 2.7]], // PCM, which MP4 does not support
  ] as const)('of %s has its beeps at its flashes', async (name, into, options, seconds) => {
    const source = name.split(' ').at(-1) ?? '';
    expect(await annotate(source, '--annotate', into, ...options)).toMatchObject({ exitCode: 0 });
    const [flashes, beeps] = [await flashesOf(into), await beepsOf(into)];
    expect(flashes).toEqual(near(seconds));
    expect(beeps.filter((at) => at > 0.1)).toEqual(near(seconds));
    expect((await readdir(folder)).filter((file) => /partial|silent/.test(file))).toEqual([]);
  });

  it('of a silent video is silent', async () => {
    expect(await annotate('mute.mp4', '--annotate', 'e.mp4')).toMatchObject({ exitCode: 0 });
    expect(await flashesOf('e.mp4')).toEqual(near([1, 2, 3]));
    await expect(beepsOf('e.mp4')).rejects.toThrow(/does not contain any stream|matches no streams/);
  });
});
