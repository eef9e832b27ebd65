/** The built command on real picture files, intact and unusual. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { intersectionOverUnion, KEY_POINT_NAMES } from '@mien/core';
import { DEFAULT_MODEL, findInstalledModel } from '@mien/node/models';
import { parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../node/src/testing/make-checkpoint.js';
import {
  HAAR,
  MODEL,
  PORTRAIT,
  PORTRAIT_BOX,
  useAnalyzer,
} from '../../../../test/command/analyze-pictures.js';
import { MIEN, runMien } from '../testing/run-mien.js';

const { analyze, inFolder } = useAnalyzer();

describe('a portrait', () => {
  it('gives the same Parquet on standard output and in a folder', async () => {
    const args = [MIEN, 'analyze', PORTRAIT, '--model', inFolder(MODEL), '--format', 'parquet', ...HAAR];
    const printed = execFileSync(process.execPath, args, { cwd: inFolder() });
    execFileSync(process.execPath, [...args, '--out', 'parquet'], { cwd: inFolder(), stdio: 'ignore' });
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
  it.skipIf(findInstalledModel(DEFAULT_MODEL) === undefined)(
    'is happy according to the installed model',
    async () => {
      const { exitCode, stdout, stderr } = await runMien(['analyze', PORTRAIT, '--format', 'json']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject([{ model: DEFAULT_MODEL, faces: [{ expression: 'happy' }] }]);
    },
  );

  it('is a table without colours on a pipe', async () => {
    const { exitCode, stdout, stderr } = await runMien([
      'analyze',
      PORTRAIT,
      '--model',
      inFolder(MODEL),
      ...HAAR,
    ]);
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
    const { stdout } = await runMien(['analyze', '1x1.png', '--model', inFolder(MODEL)], { cwd: inFolder() });
    expect(stdout).toBe('1x1.png  1×1  no face found\n\n');
  });
});

it('ends quietly when the reader closes the pipe', async () => {
  const child = spawn(process.execPath, [
    MIEN,
    'analyze',
    ...Array<string>(20).fill(PORTRAIT),
    '--model',
    inFolder(MODEL),
  ]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect({ exitCode, signal, stderr }).toEqual({ exitCode: 0, signal: null, stderr: '' });
});
