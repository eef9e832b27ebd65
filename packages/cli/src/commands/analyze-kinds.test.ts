/** The built command on kinds of files: recognised by content, read whole, or refused by name. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { intersectionOverUnion, type Box } from '@mien/core';
import type { FrameResult } from '@mien/results';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeTiff } from '../../../node/src/testing/make-tiff.js';
import {
  bars,
  ffmpeg,
  HAS_FFMPEG,
  makePortraitVideo,
  PORTRAIT,
} from '../../../node/src/testing/make-video.js';
import { errorsOf, runMien } from '../testing/run-mien.js';

let folder: string;
let jpeg: Buffer;
let upright: Box;
const inFolder = (name: string) => join(folder, name);
/** libheif's programs: one writes HEIC here, the other reads it in Mien. */
const HAS_LIBHEIF = ['heif-enc', 'heif-convert'].every(
  (program) => spawnSync(program, ['--help']).error === undefined,
);
const heifEnc = (to: string, ...from: string[]) => promisify(execFile)('heif-enc', [...from, '-o', to]);
const SETTINGS = ['--model', 'untrained.safetensors', '--detector', 'haar', '--format', 'ndjson'];

async function analyze(...args: string[]) {
  const { stdout, stderr, exitCode } = await runMien(['analyze', ...args, ...SETTINGS], { cwd: folder });
  const results = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FrameResult);
  return {
    exitCode,
    errors: errorsOf(stderr),
    said: stderr,
    results,
    faces: results.map(({ faces }) => faces.length),
  };
}
const boxOf = (results: readonly FrameResult[]): Box => results[0]?.faces[0]?.box ?? expect.fail('no face');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-kinds-'));
  await writeFile(inFolder('untrained.safetensors'), makeCheckpoint());
  jpeg = await sharp(PORTRAIT).resize(256).jpeg({ quality: 90 }).toBuffer();
  await writeFile(inFolder('a.jpg'), jpeg);
  upright = boxOf((await analyze('a.jpg')).results);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a picture without its end', () => {
  it.each([0, 1, 2])('is read if %d bytes of the marker are all that is left', async (left) => {
    await writeFile(inFolder('open.jpg'), jpeg.subarray(0, jpeg.length - 2 + left));
    expect(await analyze('open.jpg')).toMatchObject({ exitCode: 0, errors: '', faces: [1] });
  });
  it.each([3, 40, 2000])('is refused if %d bytes are missing', async (missing) => {
    await writeFile(inFolder('cut.jpg'), jpeg.subarray(0, jpeg.length - missing));
    const { exitCode, errors } = await analyze('cut.jpg');
    expect(errors).toMatch(/^mien: cut\.jpg: is damaged or cut short/);
    expect(exitCode).toBe(1);
  });
  it('is read if it is a GIF without a trailer', async () => {
    const pages = [100, 150, 200].map((grey) => Buffer.alloc(32 * 24 * 3, grey));
    const raw = { width: 32, height: 72, channels: 3, pageHeight: 24 } as const;
    const gif = await sharp(Buffer.concat(pages), { raw })
      .gif({ delay: [50, 50, 50] })
      .toBuffer();
    await writeFile(inFolder('open.gif'), gif.subarray(0, -1));
    expect(await analyze('open.gif')).toMatchObject({ exitCode: 0, errors: '', faces: [0, 0, 0] });
  });
});

describe.skipIf(!HAS_FFMPEG)('several pictures in a file (skipped where ffmpeg is not installed)', () => {
  it.each([
    ['moving.png', ['-f', 'apng']],
    ['moving.jpg', ['-f', 'mjpeg', '-q:v', '2']],
    ['camera.mjpeg', ['-q:v', '2']],
    ['moving.avif', ['-f', 'mp4', '-c:v', 'libx264', '-pix_fmt', 'yuv420p']],
  ])('are read as a video: %s', async (name, options) => {
    await ffmpeg(...bars('64x48', 25, 0.4), ...options, inFolder(name));
    const { exitCode, results } = await analyze(name);
    expect({ exitCode, count: results.length }).toEqual({ exitCode: 0, count: 10 });
    expect(results[1]?.timestampMs).toBeCloseTo(40, 0);
  });

  it('are counted in a word if only the first is read', async () => {
    const page = { width: 8, height: 8, bits: 8, data: Buffer.alloc(64, 90) };
    await writeFile(inFolder('pages.tif'), makeTiff([page, page, page]));
    const thumbnail = { ...page, tags: { 254: 1n } };
    await writeFile(inFolder('one.tif'), makeTiff([page, thumbnail]));
    const { exitCode, said, results } = await analyze('pages.tif', 'one.tif');
    expect({ exitCode, count: results.length }).toEqual({ exitCode: 0, count: 2 });
    expect(said).toBe('note: pages.tif: holds 3 pictures, of which the first is read\n');
  });

  it('are one picture if a phone appended others', async () => {
    // As in the Multi-Picture Format: the first picture says that others follow.
    const index = Buffer.from([0xff, 0xe2, 0, 8, ...Buffer.from('MPF\0'), 0, 0]);
    const first = Buffer.concat([jpeg.subarray(0, 2), index, jpeg.subarray(2)]);
    const small = await sharp(PORTRAIT).resize(64).jpeg().toBuffer();
    await writeFile(inFolder('gain-map.jpg'), Buffer.concat([first, small]));
    expect(await analyze('gain-map.jpg')).toMatchObject({ exitCode: 0, said: '', faces: [1] });
    await writeFile(inFolder('stereo.jpg'), Buffer.concat([first, jpeg]));
    const { said } = await analyze('stereo.jpg');
    expect(said).toBe('note: stereo.jpg: holds 2 pictures, of which the first is read\n');
  });
});

describe('a format', () => {
  const grey = { width: 8, height: 8, bits: 8, data: Buffer.alloc(64, 90) };
  const floats = Buffer.from(new Float32Array(64).fill(0.5).buffer);
  const ftyp = (brand: string, ...more: string[]) =>
    Buffer.concat([
      Buffer.from([0, 0, 0, 16 + 4 * more.length]),
      Buffer.from(`ftyp${brand}\0\0\0\0${more.join('')}`),
      Buffer.alloc(600),
    ]);
  it.each<[string, Buffer, RegExp]>([
    ['x.heic', ftyp('heic', 'mif1', 'heic'), /is HEIC, /],
    ['y.jpg', ftyp('mif1', 'heic'), /is HEIC, /],
    [
      'x.dng',
      makeTiff([{ ...grey, tags: { 254: 1n, 50706: Buffer.from([1, 4, 0, 0]) } }]),
      /is DNG, the raw file of a camera/,
    ],
    ['x.nef', makeTiff([{ ...grey, tags: { 254: 1n, 330: 8n } }]), /is the raw file of a camera/],
    ['x.cr3', ftyp('crx '), /is CR3, the raw file of a camera/],
    ['x.raf', Buffer.from('FUJIFILMCCD-RAW 0201'.padEnd(600)), /is RAF, the raw file/],
    [
      'x.tif',
      makeTiff([{ ...grey, bits: 32, data: floats, tags: { 339: 3 } }]),
      /has floating-point samples/,
    ],
    ['x.txt', Buffer.from('no picture at all\n'.repeat(50)), /holds no readable picture/],
  ])('is refused by name: %s', async (name, bytes, message) => {
    await writeFile(inFolder(name), bytes);
    const { exitCode, errors } = await analyze(name);
    expect(errors).toMatch(message);
    expect(errors.split('\n')).toHaveLength(2);
    expect(exitCode).toBe(1);
  });

  it.skipIf(!HAS_LIBHEIF)('HEIC is read, upright, and told from a damaged one', async () => {
    await heifEnc(inFolder('a.heic'), inFolder('a.jpg'));
    const { results, said } = await analyze('a.heic');
    expect(said).toBe('');
    expect(intersectionOverUnion(boxOf(results), upright)).toBeGreaterThan(0.9);

    await heifEnc(inFolder('two.heic'), inFolder('a.jpg'), inFolder('a.jpg'));
    expect(await analyze('two.heic')).toMatchObject({
      said: 'note: two.heic: holds 2 pictures, of which the first is read\n',
      faces: [1],
    });

    // HEIC is turned by boxes of its own; what EXIF says counts for nothing.
    const turned = await sharp(jpeg).withMetadata({ orientation: 6 }).toBuffer();
    await writeFile(inFolder('turned.jpg'), turned);
    await heifEnc(inFolder('turned.heic'), inFolder('turned.jpg'));
    expect(intersectionOverUnion(boxOf((await analyze('turned.heic')).results), upright)).toBeGreaterThan(
      0.9,
    );

    const heic = await readFile(inFolder('a.heic'));
    await writeFile(inFolder('cut.heic'), heic.subarray(0, heic.length - 1000));
    const { exitCode, errors } = await analyze('cut.heic');
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /^mien: cut\.heic: is HEIC, and damaged or cut short \(.+\); copy the picture again$/m,
    );
  });

  it('with Lab colours is read', async () => {
    await sharp(jpeg).toColourspace('lab').tiff().toFile(inFolder('lab.tif'));
    const { results } = await analyze('lab.tif');
    expect(intersectionOverUnion(boxOf(results), upright)).toBeGreaterThan(0.8);
  });

  it.skipIf(!HAS_FFMPEG).each(['bmp', 'ppm', 'qoi', 'tga.bmp'])(
    'that only ffmpeg reads is a picture: %s',
    async (ending) => {
      const name = `a%d.${ending}`;
      await ffmpeg(
        '-i',
        inFolder('a.jpg'),
        '-update',
        '1',
        '-f',
        'image2pipe',
        '-c:v',
        ending.includes('bmp') ? 'bmp' : ending,
        inFolder('raw'),
      );
      await writeFile(inFolder(name), await readFile(inFolder('raw')));
      const { exitCode, results } = await analyze(name);
      expect({ exitCode, count: results.length }).toEqual({ exitCode: 0, count: 1 });
      expect(results[0]?.faces[0]).not.toHaveProperty('smoothed'); // as those of videos have
      expect(intersectionOverUnion(boxOf(results), upright)).toBeGreaterThan(0.9);
    },
  );

  it.skipIf(!HAS_FFMPEG)('of a video is recognised without an ending', async () => {
    for (const kind of ['mpegts', 'matroska', 'avi', 'flv', 'nut', 'gxf', 'dv']) {
      const size = kind === 'dv' || kind === 'gxf' ? '720x576' : '64x48';
      const codec =
        kind === 'gxf'
          ? ['-c:v', 'mpeg2video', '-pix_fmt', 'yuv420p']
          : kind === 'dv'
            ? ['-pix_fmt', 'yuv420p']
            : [];
      await ffmpeg(...bars(size, 25, 0.2), ...codec, '-f', kind, inFolder(`video-${kind}`));
      const { exitCode, errors, results } = await analyze(`video-${kind}`);
      expect({ kind, exitCode, errors, count: results.length }).toEqual({
        kind,
        exitCode: 0,
        errors: '',
        count: 5,
      });
    }
  });
});

describe('a folder', () => {
  it('holds everything that is a picture by content, each file once, and says what it left out', async () => {
    const album = inFolder('album');
    await mkdir(join(album, 'below'), { recursive: true });
    for (const name of ['b.jpe', 'c.jfif', 'd.JPG', 'no-ending', 'wrong.dat', 'below/e.jpg', '.hidden.jpg']) {
      await writeFile(join(album, name), jpeg);
    }
    await writeFile(join(album, 'notes.txt'), 'no picture');
    await symlink('../a.jpg', join(album, 'link.jpg'));
    await symlink('../a.jpg', join(album, 'other-link.jpg'));
    await symlink('b.jpe', join(album, 'inner.jpg'));
    await symlink('nowhere.jpg', join(album, 'broken.jpg'));
    await symlink('..', join(album, 'round'));
    const { exitCode, said, results } = await analyze('album');
    expect(results.map(({ source }) => source.slice('album/'.length))).toEqual([
      'b.jpe',
      'below/e.jpg',
      'c.jfif',
      'd.JPG',
      'link.jpg',
      'no-ending',
      'wrong.dat',
    ]);
    expect(exitCode).toBe(0);
    expect(said.startsWith('note: album: left out ')).toBe(true);
    for (const part of [
      'notes.txt (neither pictures nor videos)',
      'inner.jpg, other-link.jpg (links to files that are read anyway)',
      'broken.jpg (links that lead nowhere)',
      'round (links to folders)',
    ]) {
      expect(said).toContain(part);
    }
    expect((await analyze('album/l*.jpg')).results).toHaveLength(1);
  });

  it.skipIf(!HAS_FFMPEG)('with a live photo is annotated', async () => {
    await mkdir(inFolder('live'));
    await writeFile(inFolder('live/IMG_1.JPG'), jpeg);
    await makePortraitVideo(inFolder('live/IMG_1.MOV'), 0.5);
    await writeFile(inFolder('live/IMG_2.JPG'), jpeg);
    await sharp(jpeg).toFile(inFolder('live/IMG_2.webp'));
    expect(await analyze('live', '--annotate', 'drawn/')).toMatchObject({ exitCode: 0, errors: '' });
    expect((await readdir(inFolder('drawn'))).sort()).toEqual([
      'IMG_1-annotated.mp4',
      'IMG_1-annotated.png',
      'IMG_2-jpg-annotated.png',
      'IMG_2-webp-annotated.png',
    ]);
  });
});

describe('an address', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      readFile(inFolder(basename(request.url ?? ''))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each(['png', 'webp', 'tiff', 'jpeg', 'gif'] as const)(
    'of a picture gives what the file gives: %s',
    async (format) => {
      const name = `turned.${format}`;
      const turned = sharp(await sharp(jpeg).rotate(90).png().toBuffer());
      await turned.withMetadata({ orientation: 8 }).toFormat(format).toFile(inFolder(name));
      const ofFile = await analyze(name);
      const { exitCode, errors, results } = await analyze(`${address}/${name}`);
      expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
      expect(results).toEqual(ofFile.results.map((result) => ({ ...result, source: `${address}/${name}` })));
      if (format !== 'gif') expect(intersectionOverUnion(boxOf(results), upright)).toBeGreaterThan(0.8);
    },
  );

  it.skipIf(!HAS_FFMPEG)('of a picture that is not there is one line', async () => {
    const { exitCode, errors } = await analyze(`${address}/none.png`);
    expect(errors).toMatch(/^mien: http:\S+: cannot be read before its first frame \([^\n]+\n$/);
    expect(exitCode).toBe(1);
  });
});
