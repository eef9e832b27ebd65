import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { runMien, type Finished } from '../testing/run-mien.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-preview-'));
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 14, PublicTest: 7 }));
  await writeFile(join(folder, 'still.json'), '{"augmentation": null}');
  await writeFile(join(folder, 'bad.json'), '{"augmentation": {"quality": {"jpegQuality": 0}}}');
  const noise = { rotationDeg: 0, shift: 0, zoom: 0, horizontalFlip: false, erasing: { probability: 1, minArea: 1, maxArea: 1, aspect: 1 } }; // prettier-ignore
  await writeFile(join(folder, 'noise.json'), JSON.stringify({ augmentation: noise, inputSize: 32 }));
});
afterAll(() => rm(folder, { recursive: true }));

const preview = (...args: string[]): Promise<Finished> =>
  runMien(['data', 'preview', '--data', 'data.csv', ...args], { cwd: folder });

describe('mien data preview', () => {
  it('draws pictures of all labels, original and augmented, and the same sheet when repeated', async () => {
    const { exitCode, stdout, stderr } = await preview('--preset', 'robust', '--out', 'made/sheet.png');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('made/sheet.png: 8 of 14 training pictures, as read and in epochs 1 to 8\n');
    const sheet = await readFile(join(folder, 'made/sheet.png'));
    const { format, width, height } = await sharp(sheet).metadata();
    expect(format).toBe('png');
    // Eight rows of nine tiles of 48×48 at twice their size, and names.
    expect([width > 9 * 96, width < 1400, height > 8 * 96, height < 900]).toEqual([true, true, true, true]);

    await preview('--preset', 'robust', '--out', 'again.png');
    expect(await readFile(join(folder, 'again.png'))).toEqual(sheet);
    await preview('--preset', 'robust', '--seed', '7', '--out', 'other.png');
    expect(await readFile(join(folder, 'other.png'))).not.toEqual(sheet);
  });

  it('does not draw the sheet over what is read', async () => {
    const table = await readFile(join(folder, 'data.csv'));
    await writeFile(join(folder, 'table.png'), table);
    const result = await runMien(['data', 'preview', '--data', 'table.png', '--out', 'table.png'], {
      cwd: folder,
    });
    expect(result).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'mien: table.png: is a file that is read; give another name\n',
    });
    expect(await readFile(join(folder, 'table.png'))).toEqual(table);
  });

  it('shows the augmentation of the recipe beside the original', async () => {
    const { exitCode } = await preview('--recipe', 'noise.json', '--pictures', '1', '--epochs', '1', '--out', 'noise.png'); // prettier-ignore
    expect(exitCode).toBe(0);
    const { data, info } = await sharp(join(folder, 'noise.png')).greyscale().raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
    // Tiles of 32×32 at three times their size; the last one ends 14 pixels before the sheet does.
    const spread = (left: number): number => {
      const greys = Array.from({ length: 96 * 96 }, (_, i) => {
        const y = info.height - 14 - 96 + Math.floor(i / 96);
        return data[y * info.width + left + (i % 96)] ?? NaN;
      });
      return Math.max(...greys) - Math.min(...greys);
    };
    expect(spread(info.width - 14 - 96)).toBeGreaterThan(240);
    expect(spread(info.width - 14 - 96 - 6 - 12 - 96)).toBeLessThan(40);
  });

  it.each([
    [
      ['--out', 'sheet.jpg'],
      2,
      /^mien: data preview: the sheet is a PNG, got sheet\.jpg; choose a name that ends in \.png\n$/,
    ],
    [['--out', 'x.png', '--recipe', 'still.json'], 2, /^mien: data preview: the recipe has no augmentation/],
    [['--out', 'x.png', '--recipe', 'none.json'], 1, /^mien: none\.json: no such file/],
    [
      ['--out', 'x.png', '--recipe', 'bad.json'],
      2,
      /^mien: bad\.json: augmentation\.quality\.jpegQuality must be a whole number from 1 to 100, got 0\n$/,
    ],
    [['--out', 'x.png', '--pictures', '21'], 2, /It must be a whole number from 1 to 20/],
    [['--out', 'x.png', '--preset', 'best'], 2, /Allowed choices are paper, original, fer2013, robust/],
    [['--out', 'data.csv/x.png'], 1, /^mien: data\.csv\/x\.png: cannot be written/],
    [[], 2, /^mien: required option '--out <file>' not specified/],
  ])('fails in one line on %j', async (args, expected, message) => {
    const { exitCode, stdout, stderr } = await preview(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
    await expect(stat(join(folder, 'x.png'))).rejects.toThrow();
  });

  it('has help with examples', async () => {
    const { exitCode, stdout } = await runMien(['data', 'preview', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('$ mien data preview --data fer2013.csv.gz --preset robust --out sheet.png');
  });
});
