/** The built command on real picture files: intact, unusual and damaged. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { intersectionOverUnion, KEY_POINT_NAMES } from '@mien/core';
import { findInstalledModel } from '@mien/node/models';
import type { FrameResult } from '@mien/results';
import { parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { LABELS, makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { MIEN, runMien } from '../testing/run-mien.js';

const PORTRAIT = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));
const HAAR = ['--detector', 'haar'];
/** The box from native OpenCV 4.6 (scaleFactor 1.3, minNeighbors 5); see the golden values of models/haar-frontalface. */
const PORTRAIT_BOX = { x: 176, y: 66, width: 95, height: 95 };

let folder: string;
let model: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-analyze-'));
  model = inFolder('untrained.safetensors');
  await writeFile(model, makeCheckpoint());
  await writeFile(inFolder('notes.txt'), 'no picture');
  await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toFile(inFolder('1x1.png'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `mien analyze --format json` on pictures and returns its results with the rest of the outcome. */
async function analyze(pictures: readonly string[], ...options: string[]) {
  const { stdout, ...outcome } = await runMien(
    ['analyze', ...pictures, '--model', model, '--format', 'json', ...options],
    { cwd: folder },
  );
  return { ...outcome, results: JSON.parse(stdout) as FrameResult[] };
}

describe('a portrait', () => {
  it('gives the same Parquet on standard output and in a folder', async () => {
    const args = [MIEN, 'analyze', PORTRAIT, '--model', model, '--format', 'parquet', ...HAAR];
    const printed = execFileSync(process.execPath, args, { cwd: folder });
    execFileSync(process.execPath, [...args, '--out', 'parquet'], { cwd: folder, stdio: 'ignore' });
    expect(await readFile(inFolder('parquet/eileen-collins.png.parquet'))).toEqual(printed);
    const file = new Uint8Array(printed).buffer;
    expect(await parquetReadObjects({ file })).toMatchObject([
      { source: PORTRAIT, timestampMs: 0, face: 1, id: null, ...PORTRAIT_BOX },
    ]);
  });

  it('gives the documented JSON', async () => {
    const { exitCode, stderr, results } = await analyze([PORTRAIT], ...HAAR);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [result] = results;
    const [face] = result?.faces ?? [];
    const probabilities = face?.probabilities ?? {};
    expect(results).toMatchObject([
      {
        source: PORTRAIT,
        width: 512,
        height: 512,
        model: 'untrained',
        detector: 'haar',
        faces: [{ box: PORTRAIT_BOX, score: 15, probabilities, expression: face?.expression }],
      },
    ]);
    expect(Object.keys(probabilities)).toEqual(LABELS);
    const values = Object.values(probabilities);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(probabilities[face?.expression ?? '']).toBe(Math.max(...values));
    // Not rounded: a float32 rarely has only a few decimals.
    expect(values.some((value) => String(value).length > 10)).toBe(true);
  });

  it('has the key points of the chosen detector', async () => {
    const [result] = (await analyze([PORTRAIT])).results;
    expect(result).toMatchObject({ detector: 'blazeface', faces: [{ score: expect.any(Number) as number }] });
    const { box, keyPoints } = result?.faces[0] ?? expect.fail('no face was found');
    expect(intersectionOverUnion(box, PORTRAIT_BOX)).toBeGreaterThan(0.7);
    expect(Object.keys(keyPoints ?? {})).toEqual(KEY_POINT_NAMES);
  });

  // Absent while a new model is trained, because its weights come last.
  it.skipIf(findInstalledModel('nano') === undefined)(
    'is happy according to the installed model',
    async () => {
      const { exitCode, stdout, stderr } = await runMien(['analyze', PORTRAIT, '--format', 'json']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject([
        { model: 'nano', faces: [{ expression: 'happy' }] },
      ]);
    },
  );

  it('is a table without colours on a pipe', async () => {
    const { exitCode, stdout, stderr } = await runMien(['analyze', PORTRAIT, '--model', model, ...HAAR]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${PORTRAIT}  512×512  1 face\n`);
    expect(stdout).toMatch(
      /^1 {2}\w+ {2}unsure: \w+ leads \w+ by only [012]?\d\.\d points {2}at 176,66 {2}95×95$/m,
    );
    for (const label of LABELS) expect(stdout).toMatch(new RegExp(`^ {3}[ ▸] ${label} +\\d+\\.\\d %`, 'm'));
    expect(stdout.match(/▸/g)).toHaveLength(1);
    expect(stdout).not.toContain('\u001b');
  });

  it('passes settings to the detector', async () => {
    const { results } = await analyze([PORTRAIT], ...HAAR, '--min-neighbors', '0', '--scale-factor', '1.2');
    expect(results[0]?.faces.length).toBeGreaterThan(5);
  });

  it('gives the same box in every lossless form: EXIF rotation, 16 bits, opaque alpha', async () => {
    const portrait = sharp(PORTRAIT);
    const files = {
      'alpha.png': portrait.clone().ensureAlpha(1).png(),
      '16-bit.png': portrait.clone().toColourspace('rgb16').png(),
      'lossless.webp': portrait.clone().webp({ lossless: true }),
      'lzw.tiff': portrait.clone().tiff({ compression: 'lzw' }),
      // Stored on its side, with an EXIF orientation.
      'exif-3.png': portrait.clone().rotate(180).withMetadata({ orientation: 3 }).png(),
      'exif-6.png': portrait.clone().rotate(270).withMetadata({ orientation: 6 }).png(),
      'exif-8.png': portrait.clone().rotate(90).withMetadata({ orientation: 8 }).png(),
    };
    for (const [name, picture] of Object.entries(files)) await picture.toFile(inFolder(name));
    expect((await sharp(inFolder('16-bit.png')).metadata()).depth).toBe('ushort');
    expect((await sharp(inFolder('exif-6.png')).metadata()).orientation).toBe(6);

    const { exitCode, results } = await analyze([PORTRAIT, ...Object.keys(files)]);
    expect(exitCode).toBe(0);
    const [first] = results.splice(0, 1);
    const boxes = first?.faces.map(({ box }) => box);
    expect(boxes).toHaveLength(1);
    for (const { source, faces } of results) {
      expect({ source, boxes: faces.map(({ box }) => box) }).toEqual({ source, boxes });
    }
    expect(results).toHaveLength(Object.keys(files).length);
  });

  it('gives nearly the same box in lossy forms: JPEG, CMYK, grey', async () => {
    const portrait = sharp(PORTRAIT);
    const files = {
      'q90.jpg': portrait.clone().jpeg({ quality: 90 }),
      'cmyk.jpg': portrait.clone().toColourspace('cmyk').jpeg({ quality: 95 }),
      'grey.jpg': portrait.clone().toColourspace('b-w').jpeg({ quality: 95 }),
    };
    for (const [name, picture] of Object.entries(files)) await picture.toFile(inFolder(name));
    expect((await sharp(inFolder('cmyk.jpg')).metadata()).space).toBe('cmyk');
    expect((await sharp(inFolder('grey.jpg')).metadata()).channels).toBe(1);

    const { exitCode, results } = await analyze([PORTRAIT, ...Object.keys(files)]);
    expect(exitCode).toBe(0);
    const [first] = results.splice(0, 1);
    const expected = first?.faces[0]?.box ?? expect.fail('no face was found');
    for (const { source, faces } of results) {
      const best = Math.max(0, ...faces.map(({ box }) => intersectionOverUnion(box, expected)));
      expect({ source, agrees: best > 0.8 }).toEqual({ source, agrees: true });
    }
    expect(results).toHaveLength(Object.keys(files).length);
  });

  it('has boxes in upright pixels when it is wider than high', async () => {
    // 712×512 upright, stored as 512×712; the face stays where it was.
    const wide = await sharp(PORTRAIT).extend({ right: 200, background: 'grey' }).png().toBuffer();
    await sharp(wide).rotate(270).withMetadata({ orientation: 6 }).png().toFile(inFolder('wide.png'));
    const { results } = await analyze(['wide.png'], ...HAAR);
    expect(results[0]).toMatchObject({ width: 712, height: 512 });
    // The search windows of a wider picture differ by one or two pixels.
    const agreements = results[0]?.faces.map(({ box }) => intersectionOverUnion(box, PORTRAIT_BOX)) ?? [];
    expect(Math.max(0, ...agreements)).toBeGreaterThan(0.9);
  });
});

describe('a picture without a face', () => {
  it('is an empty list, and the table says so', async () => {
    await sharp({ create: { width: 640, height: 480, channels: 3, background: 'grey' } })
      .jpeg()
      .toFile(inFolder('plain.jpg'));
    // Fully transparent areas are white, whatever their colour.
    await sharp(PORTRAIT).ensureAlpha(0).png().toFile(inFolder('clear.png'));
    const pictures = ['1x1.png', 'plain.jpg', 'clear.png'];
    const { exitCode, stderr, results } = await analyze(pictures);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(results.map(({ source, width, height, faces }) => ({ source, width, height, faces }))).toEqual([
      { source: '1x1.png', width: 1, height: 1, faces: [] },
      { source: 'plain.jpg', width: 640, height: 480, faces: [] },
      { source: 'clear.png', width: 512, height: 512, faces: [] },
    ]);
    const { stdout } = await runMien(['analyze', '1x1.png', '--model', model], { cwd: folder });
    expect(stdout).toBe('1x1.png  1×1  no face found\n\n');
  });
});

describe('bad pictures', () => {
  it('are reported in one line each, and the others are still analysed', async () => {
    const jpeg = await sharp(PORTRAIT).jpeg().toBuffer();
    const tiff = await sharp(PORTRAIT).tiff({ compression: 'none' }).toBuffer();
    const png = await readFile(PORTRAIT);
    const webp = await sharp(PORTRAIT).webp().toBuffer();
    const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
    const files: Record<string, Uint8Array> = {
      'empty.jpg': new Uint8Array(0),
      'half.jpg': half(jpeg),
      'almost.jpg': jpeg.subarray(0, -200),
      'half.png': half(png),
      'half.tiff': half(tiff),
      'half.webp': half(webp),
      'header.png': png.subarray(0, 20),
      'drawing.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'bomb.png': makeBlankPng(30_000, 30_000),
      'strip.png': makeBlankPng(40_000, 2),
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(inFolder(name), bytes);
    await mkdir(inFolder('album'), { recursive: true });

    const pictures = [
      'notes.txt',
      ...Object.keys(files),
      'album',
      'absent.jpg',
      'notes.txt/inside.jpg',
      PORTRAIT,
    ];
    const { exitCode, stderr, results } = await analyze(pictures);
    expect(exitCode).toBe(1);
    expect(results.map(({ source }) => source)).toEqual([PORTRAIT]);
    const damaged = 'is damaged or cut short';
    const other = 'holds no readable picture (another kind of file, or damaged); use JPEG';
    const expected: [string, string][] = [
      ['notes.txt', other],
      ['empty.jpg', 'is empty (0 bytes)'],
      ['half.jpg', damaged],
      ['almost.jpg', damaged],
      ['half.png', damaged],
      ['half.tiff', ''], // libtiff may fail at the directory, which is at the end, or at the pixels.
      ['half.webp', ''],
      ['header.png', other],
      ['drawing.svg', 'is SVG; use JPEG'],
      ['bomb.png', '30000×30000 pixels, the limit is 100 megapixels'],
      ['strip.png', '40000×2 pixels, the limit is 100 megapixels and 32767 a side'],
      ['album', 'is a folder without pictures or videos'],
      ['absent.jpg', 'no such file; check the path'],
      ['notes.txt/inside.jpg', 'no such file; check the path'],
    ];
    const lines = stderr.trimEnd().split('\n');
    expect(lines.pop()).toMatch(/^mien: \d+ of \d+ sources failed$/);
    expect(lines).toHaveLength(expected.length);
    for (const [index, [name, what]] of expected.entries()) {
      expect(lines[index]).toContain(`mien: ${name}: ${what}`);
    }
  });

  it('give an empty array if there are no others', async () => {
    const { exitCode, results } = await analyze(['absent.jpg']);
    expect({ exitCode, results }).toEqual({ exitCode: 1, results: [] });
  });
});

describe('bad models', () => {
  it.skipIf(findData('detectors') === undefined)(
    'sends a YuNet file to --detector (skipped without the shared data)',
    async () => {
      const yunet = findData('detectors/yunet_s_dynamic.onnx') ?? '';
      const outcome = await runMien(['analyze', PORTRAIT, '--model', yunet]);
      expect(outcome).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `mien: ${yunet}: is a face detector (YuNet) and reads no expressions; pass it to --detector\n`,
      });
    },
  );

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'an unknown id',
      async () => 'nonesuch',
      /^mien: model nonesuch: neither installed \([^)]*\) nor a file or folder; check the name\n$/,
    ],
    [
      'a detector',
      async () => 'haar-frontalface',
      /^mien: .*haar-frontalface.*: haar is a detector and reads no expressions/,
    ],
    [
      'a truncated file',
      async () => {
        await writeFile(inFolder('cut.safetensors'), makeCheckpoint().subarray(0, -1));
        return 'cut.safetensors';
      },
      /^mien: cut\.safetensors: not a readable safetensors file, tensor "[^"]+" ends at byte \d+ of \d+ \(truncated\?\)/,
    ],
    [
      'another kind of file',
      async () => PORTRAIT,
      /^mien: .*eileen-collins\.png: is no model file; name one that ends in \.hdf5/,
    ],
    [
      'an empty file',
      async () => {
        await writeFile(inFolder('empty.safetensors'), '');
        return 'empty.safetensors';
      },
      /^mien: empty\.safetensors: .*it has 0 bytes/,
    ],
    [
      'a folder without a manifest',
      async () => {
        await mkdir(inFolder('nothing-here'));
        return 'nothing-here';
      },
      /^mien: nothing-here: is a folder without manifest\.json; name a model file/,
    ],
    [
      'a manifest that is not JSON',
      async () => {
        await mkdir(inFolder('broken'));
        await writeFile(inFolder('broken/manifest.json'), '{');
        return 'broken';
      },
      /^mien: broken\/manifest\.json: is not JSON/,
    ],
  ])('%s is one line and exit code 1', async (_, prepare, message) => {
    const { exitCode, stdout, stderr } = await runMien(['analyze', PORTRAIT, '--model', await prepare()], {
      cwd: folder,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^[^\n]*\n$/);
  });
});

describe('--annotate', () => {
  it('writes a copy with its faces drawn in, upright and of the same size', async () => {
    await sharp(PORTRAIT).rotate(270).withMetadata({ orientation: 6 }).png().toFile(inFolder('lying.png'));
    const { exitCode, stderr } = await analyze(['lying.png'], ...HAAR, '--annotate', 'drawn.png');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [before, after] = await Promise.all(
      [PORTRAIT, inFolder('drawn.png')].map((file) =>
        sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true }),
      ),
    );
    expect(after?.info).toMatchObject({ width: 512, height: 512, channels: 3 });
    const differs = (x: number, y: number) =>
      [0, 1, 2].some((c) => before?.data[(y * 512 + x) * 3 + c] !== after?.data[(y * 512 + x) * 3 + c]);
    // Only the outline of the box is drawn over; its inside and distant pixels are unchanged.
    const { x, y, width, height } = PORTRAIT_BOX;
    const outline = [x, x + width].map((side) => [side, y + 50] as const);
    outline.push(...[y, y + height].map((side) => [x + 50, side] as const));
    expect(outline.map((at) => differs(...at))).toEqual([true, true, true, true]);
    expect([differs(x + 40, y + 40), differs(10, 500), differs(500, 10)]).toEqual([false, false, false]);
  });

  it.each(['jpg', 'webp'])('chooses the format by file extension: .%s', async (ending) => {
    await analyze([PORTRAIT], '--annotate', `drawn.${ending}`);
    expect((await sharp(inFolder(`drawn.${ending}`)).metadata()).format).toBe(
      ending === 'jpg' ? 'jpeg' : ending,
    );
  });

  it('writes several copies to a folder, and none for pictures that failed', async () => {
    const { exitCode } = await analyze(['1x1.png', 'absent.jpg', PORTRAIT], '--annotate', 'several/');
    expect(exitCode).toBe(1);
    expect((await readdir(inFolder('several'))).sort()).toEqual([
      '1x1-annotated.png',
      'eileen-collins-annotated.png',
    ]);
  });

  it('refuses a file name for videos before it reads the picture', async () => {
    expect(
      await runMien(['analyze', PORTRAIT, '--annotate', 'out.mp4', '--model', 'absent'], { cwd: folder }),
    ).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `mien: --annotate: ${PORTRAIT} is a picture; out.mp4 must end in .png, .jpg, .jpeg, .webp\n`,
    });
  });

  it('reports a copy that cannot be written and still prints the result', async () => {
    const { exitCode, stderr, results } = await analyze([PORTRAIT], '--annotate', 'notes.txt/out.png');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^mien: notes\.txt\/out\.png: cannot be written \(its folder is a file\); choose another folder\n$/,
    );
    expect(results).toHaveLength(1);
  });

  it.each<[string, string[], string, RegExp]>([
    [
      'one file for two pictures',
      ['a.png', 'b.png'],
      'out.png',
      /out\.png is one file and there are 2 pictures; name a folder/,
    ],
    [
      'an unknown file extension',
      ['a.png'],
      'out.xyz',
      /out\.xyz must end in \.png, \.jpg, \.jpeg, \.webp, or be a folder/,
    ],
    ['the picture itself', ['a.png'], './a.png', /a\.png is a picture to read and would be overwritten/],
    [
      'two pictures of one name',
      ['x/a.png', 'y/a.jpg'],
      'out/',
      /x\/a\.png and y\/a\.jpg would both become out\/a-annotated\.png/,
    ],
  ])('refuses %s before it reads anything', async (_, pictures, target, message) => {
    const { exitCode, stdout, stderr } = await runMien(
      ['analyze', ...pictures, '--model', model, '--annotate', target],
      { cwd: folder },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('leaves no partial files', async () => {
    expect(
      (await readdir(folder, { recursive: true })).filter((name) => basename(name).endsWith('.partial')),
    ).toEqual([]);
  });
});

it('ends quietly when the reader closes the pipe', async () => {
  const child = spawn(process.execPath, [
    MIEN,
    'analyze',
    ...Array<string>(20).fill(PORTRAIT),
    '--model',
    model,
  ]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect({ exitCode, signal, stderr }).toEqual({ exitCode: 0, signal: null, stderr: '' });
});

/** A black picture with one bit per pixel: a few kilobytes that claim `width × height`. */
function makeBlankPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1; // bits per sample; colour type 0, no interlacing
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
