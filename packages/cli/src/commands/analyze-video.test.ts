/** The built command on videos made by ffmpeg, intact and damaged, with known content. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FrameResult } from '@mien/results';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import {
  bars,
  ffmpeg,
  HAS_FFMPEG,
  makePortraitVideo,
  PORTRAIT,
  probeTimes,
} from '../../../node/src/testing/make-video.js';
import { errorsOf, MIEN, runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);

/** Haar is fast on every machine, and an untrained model is enough: its readings do not matter here. */
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar'];
async function analyze(...args: string[]) {
  const { stderr, ...outcome } = await runMien(['analyze', ...args, ...SETTINGS], { cwd: folder });
  return { ...outcome, stderr: errorsOf(stderr) };
}

/** The frames of `--format ndjson`, with the rest of the outcome. */
async function moments(...args: string[]) {
  const { stdout, ...outcome } = await analyze(...args, '--format', 'ndjson');
  const lines = stdout.split('\n').filter(Boolean);
  return { ...outcome, moments: lines.map((line) => JSON.parse(line) as FrameResult) };
}
const timesOf = (found: readonly FrameResult[]) => found.map(({ timestampMs }) => timestampMs ?? NaN);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-video-'));
  await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!HAS_FFMPEG)('a video (skipped where ffmpeg is not installed)', () => {
  beforeAll(async () => {
    await ffmpeg(...bars('64x48', 25, 2), '-pix_fmt', 'yuv420p', inFolder('bars.mp4'));
    await makePortraitVideo(inFolder('portrait.mp4'), 3);
  });

  it('has a result for every frame, with or without a face', async () => {
    const { exitCode, stderr, moments: found } = await moments('bars.mp4');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(timesOf(found)).toEqual(Array.from({ length: 50 }, (_, index) => index * 40));
    expect(found[0]).toEqual({ source: 'bars.mp4', timestampMs: 0, faces: [] });
  });

  it.each(['mp4', 'mkv'])('keeps presentation times at a variable frame rate: %s', async (ending) => {
    const uneven = "select='not(mod(n,3))+between(n,10,14)',setpts='PTS+gt(N,4)*0.137/TB'";
    await ffmpeg(...bars('64x48', 30, 2), '-vf', uneven, '-fps_mode', 'vfr', inFolder(`uneven.${ending}`));
    const truth = await probeTimes(inFolder(`uneven.${ending}`));
    const { moments: found } = await moments(`uneven.${ending}`);
    expect(
      new Set(truth.slice(1).map((time, index) => Math.round(time - (truth[index] ?? 0)))).size,
    ).toBeGreaterThan(2);
    expect(timesOf(found)).toEqual(truth.map((time) => expect.closeTo(time, 2) as number));
  });

  it('is sampled at an interval, from and to a time', async () => {
    const { moments: found } = await moments(
      'bars.mp4',
      '--every',
      '200ms',
      '--from',
      '0.5s',
      '--to',
      '1500ms',
    );
    // The first frame of each interval: there is one every 40 ms.
    expect(timesOf(found)).toEqual([520, 720, 920, 1120, 1320]);
    expect(timesOf((await moments('bars.mp4', '--from', '1.9s')).moments)).toEqual([1920, 1960]);
    expect(await moments('bars.mp4', '--from', '1:00')).toMatchObject({
      exitCode: 0,
      moments: [],
      stderr: 'mien: bars.mp4: has no frame in the time asked for (--from, --to)\n',
    });
  });

  it('follows one face with one id, in pixels of the frame', async () => {
    const { moments: found } = await moments('portrait.mp4');
    const ids = found.flatMap(({ faces }) => faces.map(({ id }) => id));
    expect(new Set(ids.filter((id) => id !== undefined))).toEqual(new Set([1]));
    expect(found.filter(({ faces }) => faces.length === 1).length).toBeGreaterThan(25);
    const lefts = found.flatMap(({ faces }) => faces.map(({ box }) => box.x));
    expect(lefts.at(-1) ?? NaN).toBeGreaterThan((lefts[0] ?? NaN) + 15);
  });

  it('can be piped in, like a picture', async () => {
    await ffmpeg('-i', inFolder('bars.mp4'), '-c', 'copy', inFolder('bars.mkv'));
    const pipe = async (name: string) => {
      const child = spawn(process.execPath, [MIEN, 'analyze', '-', '--format', 'ndjson', ...SETTINGS], {
        cwd: folder,
      });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      createReadStream(name).pipe(child.stdin);
      const [exitCode] = (await once(child, 'close')) as [number];
      return { exitCode, lines: stdout.split('\n').length - 1 };
    };
    expect(await pipe(inFolder('bars.mkv'))).toEqual({ exitCode: 0, lines: 50 });
    expect(await pipe(PORTRAIT)).toEqual({ exitCode: 0, lines: 1 });
  });

  it('gets its faces drawn in; every frame is kept at its time and shows the last sample', async () => {
    const sampling = ['--every', '700ms', '--from', '200ms', '--to', '2.5s'];
    const plain = await moments('portrait.mp4', ...sampling);
    const { exitCode, moments: found } = await moments('portrait.mp4', ...sampling, '--annotate', 'seen.mp4');
    expect(exitCode).toBe(0);
    expect(found).toEqual(plain.moments);
    expect(found).toHaveLength(4);
    const truth = (await probeTimes(inFolder('portrait.mp4'))).filter((time) => time >= 200 && time < 2500);
    expect(truth.length).toBeGreaterThan(20);
    expect(await probeTimes(inFolder('seen.mp4'))).toEqual(
      truth.map((time) => expect.closeTo(time - (truth[0] ?? 0), 1) as number),
    );
    const pixelsOf = async (video: string): Promise<Buffer> => {
      await ffmpeg('-ss', '1.1', '-i', inFolder(video), '-frames:v', '1', '-y', inFolder('seen.png'));
      return sharp(inFolder('seen.png')).raw().toBuffer();
    };
    // Box, panel and bars differ from what they cover by more than compression does.
    const [drawn, before] = [await pixelsOf('seen.mp4'), await pixelsOf('portrait.mp4')];
    expect(drawn.filter((value, at) => Math.abs(value - (before[at] ?? 0)) > 60).length).toBeGreaterThan(
      1000,
    );
    const refused = await analyze('portrait.mp4', '--annotate', 'seen.png');
    expect(refused.stderr).toMatch(/portrait\.mp4 is a video; seen\.png must end in \.mp4/);
  });

  describe('of a folder', () => {
    beforeAll(async () => {
      await mkdir(inFolder('videos/later'), { recursive: true });
      const cut = inFolder('videos/b-cut.mp4');
      await ffmpeg(...bars('64x48', 25, 8), '-pix_fmt', 'yuv420p', '-movflags', '+faststart', '-g', '5', cut);
      await truncate(cut, Math.floor((await stat(cut)).size * 0.5));
      await writeFile(inFolder('videos/a-empty.mp4'), '');
      await writeFile(inFolder('videos/notes.txt'), 'not a video');
      await makePortraitVideo(inFolder('videos/later/c.mp4'), 1);
      await sharp(PORTRAIT).resize(128).toFile(inFolder('videos/d.jpg'));
    });

    it('continues after bad files, keeps their readable frames, and gives the same results with any number of jobs', async () => {
      const one = await analyze('videos', '--format', 'csv');
      const three = await analyze('videos', '--format', 'csv', '--jobs', '3');
      expect(three).toEqual(one);
      expect(one.exitCode).toBe(1);
      const lines = one.stderr.trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(lines[2]).toBe('mien: 2 of 4 sources failed');
      expect(lines[0]).toMatch(/^mien: videos\/a-empty\.mp4: is empty/);
      expect(lines[1]).toMatch(
        /^mien: videos\/b-cut\.mp4: is damaged or cut short after \d\.\d+ s \(.+\); copy/,
      );
      const rows = one.stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[0] ?? '');
      expect([...new Set(rows)]).toEqual(['videos/b-cut.mp4', 'videos/d.jpg', 'videos/later/c.mp4']);
    });

    it('writes one complete file per source', async () => {
      const { exitCode, stdout } = await analyze(
        'videos',
        '--format',
        'ndjson',
        '--out',
        'results',
        '--jobs',
        '2',
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      // A source that could not be read to its end keeps its journal for another try.
      expect((await readdir(inFolder('results'), { recursive: true })).sort()).toEqual([
        '.mien-analyze.json',
        '.mien-finished.ndjson',
        'b-cut.mp4.ndjson',
        'b-cut.mp4.ndjson.journal',
        'd.jpg.ndjson',
        'later',
        'later/c.mp4.ndjson',
      ]);
      const lines = (await readFile(inFolder('results/later/c.mp4.ndjson'), 'utf8')).trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as FrameResult).timestampMs)).toEqual(
        Array.from({ length: 10 }, (_, index) => index * 100),
      );
    });
  });

  // In camera mode the detector keeps a state between frames.
  it.each(['haar', 'blazeface'])('resumes after SIGKILL to the same bytes: %s', async (detector) => {
    const format = 'csv';
    const settings = [...SETTINGS.slice(0, 2), '--detector', detector];
    await ffmpeg('-stream_loop', '4', '-i', inFolder('portrait.mp4'), '-c', 'copy', inFolder('long.mp4'));
    const run = (...rest: string[]) => runMien(['analyze', ...rest, ...settings], { cwd: folder });
    const args = ['long.mp4', 'bars.mp4', '--format', format];
    await run(...args, '--out', `whole-${detector}`);
    const out = `killed-${detector}`;
    const journal = inFolder(`${out}/long.mp4.${format}.journal`);
    for (const enoughLines of [5, 60]) {
      const child = spawn(
        process.execPath,
        [MIEN, 'analyze', ...args, '--out', out, '--resume', ...settings],
        { cwd: folder },
      );
      const closed = once(child, 'close');
      const countLines = async () => (await readFile(journal, 'utf8').catch(() => '')).split('\n').length;
      while ((await countLines()) < enoughLines && child.exitCode === null) await setTimeout(5);
      child.kill('SIGKILL');
      await closed;
    }
    expect((await readFile(journal, 'utf8')).length).toBeGreaterThan(0);
    // As if the process was killed while it wrote a line.
    await writeFile(journal, '{"source":"long.m', { flag: 'a' });
    const { exitCode, stderr } = await run(...args, '--out', out, '--resume');
    expect({ exitCode, errors: errorsOf(stderr) }).toEqual({ exitCode: 0, errors: '' });
    for (const name of [`long.mp4.${format}`, `bars.mp4.${format}`]) {
      const [whole, gone] = await Promise.all(
        [`whole-${detector}`, out].map((dir) => readFile(inFolder(`${dir}/${name}`), 'utf8')),
      );
      expect(gone).toBe(whole);
    }
    expect((await readdir(inFolder(out))).filter((name) => /journal|partial/.test(name))).toEqual([]);
    const other = await run(...args, '--out', out, '--resume', '--every', '1s');
    expect(other.stderr).toMatch(/^mien: --resume: killed-\w+ was begun with other settings/);
  });

  it('keeps finished work when the disk is full', async () => {
    const command = `trap "" XFSZ; ulimit -f 16; exec "$0" "$@"`;
    const args = [MIEN, 'analyze', 'portrait.mp4', '--format', 'ndjson', '--out', 'full', ...SETTINGS];
    const child = spawn('sh', ['-c', command, process.execPath, ...args], { cwd: folder });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(exitCode).toBe(1);
    expect(errorsOf(stderr)).toMatch(
      /^mien: full\/portrait\.mp4\.ndjson(\.journal)?: cannot be written \([^\n]*\); what was done is kept[^\n]*\n$/,
    );
    const { exitCode: resumed } = await analyze(
      'portrait.mp4',
      '--format',
      'ndjson',
      '--out',
      'full',
      '--resume',
    );
    expect(resumed).toBe(0);
    const { stdout } = await analyze('portrait.mp4', '--format', 'ndjson');
    expect(await readFile(inFolder('full/portrait.mp4.ndjson'), 'utf8')).toBe(stdout);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'without its index',
      async () => {
        const bytes = await readFile(inFolder('bars.mp4'));
        await writeFile(inFolder('no-index.mp4'), bytes.subarray(0, bytes.length >> 1));
        return 'no-index.mp4';
      },
      /^mien: no-index\.mp4: holds no readable video \(.+\); copy or download it again\n$/,
    ],
    [
      'with sound only',
      async () => {
        await ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', inFolder('sound.mp4'));
        return 'sound.mp4';
      },
      /^mien: sound\.mp4: holds sound and no pictures; name a video\n$/,
    ],
    [
      'without frames',
      async () => {
        await ffmpeg(...bars('64x48', 5, 1), '-frames:v', '0', '-c:v', 'ffv1', inFolder('none.mkv'));
        return 'none.mkv';
      },
      /^mien: none\.mkv: (holds no frames|holds no readable video|cannot be read before its first frame)[^\n]*\n$/,
    ],
    [
      'containing text',
      async () => {
        await writeFile(inFolder('text.mp4'), 'no video at all');
        return 'text.mp4';
      },
      /^mien: text\.mp4: holds no readable video [^\n]*\n$/,
    ],
    ['from a missing camera', async () => 'camera:97', /^mien: camera:97: [^\n]*\n$/],
    [
      'from an address that does not answer',
      async () => 'http://127.0.0.1:9/x.mp4',
      /^mien: http:\S+: cannot be read before its first frame \(.+\); check the address and the network\n$/,
    ],
  ])('%s is one line and exit code 1', async (_, prepare, message) => {
    const { exitCode, stdout, stderr } = await moments(await prepare()).then(
      ({ moments: found, ...rest }) => ({ ...rest, stdout: found }),
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: [] });
    expect(stderr).toMatch(message);
  });
});

it('says how to install ffmpeg if it is missing, and still reads pictures', async () => {
  await writeFile(inFolder('clip.mkv'), 'anything');
  const args = [MIEN, 'analyze', 'clip.mkv', PORTRAIT, '--format', 'ndjson', ...SETTINGS];
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, PATH: folder } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [exitCode] = (await once(child, 'close')) as [number];
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^mien: clip\.mkv: needs ffmpeg, which is not installed or not in PATH; install it with [^\n]+\nmien: 1 of 2 sources failed\n$/,
  );
  expect(stdout.split('\n')).toHaveLength(2);
});

describe('an animation', () => {
  const DELAYS = [50, 250, 100, 0];

  it.each(['gif', 'webp'])('is read frame by frame at its own times: %s', async (ending) => {
    const pages = DELAYS.map((_, index) => Buffer.alloc(32 * 24 * 3, index * 60));
    await sharp(Buffer.concat(pages), {
      raw: { width: 32, height: 24 * DELAYS.length, channels: 3, pageHeight: 24 },
    })
      .toFormat(ending as 'gif' | 'webp', { delay: DELAYS })
      .toFile(inFolder(`moving.${ending}`));
    const { exitCode, moments: found } = await moments(`moving.${ending}`);
    expect({ exitCode, times: timesOf(found) }).toEqual({ exitCode: 0, times: [0, 50, 300, 400] });
  });
});

it('expands patterns that the shell did not expand, and reports folders without pictures', async () => {
  await mkdir(inFolder('album/below'), { recursive: true });
  for (const name of ['album/1.png', 'album/below/2.png']) {
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } }).toFile(inFolder(name));
  }
  await mkdir(inFolder('nothing'), { recursive: true });
  const { exitCode, stderr, moments: found } = await moments('album/**/*.png', 'none-*.jpg', 'nothing');
  expect(found.map(({ source }) => source)).toEqual(['album/1.png', 'album/below/2.png']);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(
    'mien: none-*.jpg: nothing matches it; check the pattern\nmien: nothing: is a folder without pictures or videos; name another\nmien: 2 of 4 sources failed\n',
  );
});
