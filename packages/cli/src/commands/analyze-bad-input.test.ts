/** `mien analyze` with damaged pictures and models. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { PORTRAIT, useAnalyzer } from '../../../../test/command/analyze-pictures.js';
import { runMien } from '../testing/run-mien.js';

const { analyze, inFolder } = useAnalyzer();

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
      cwd: inFolder(),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^[^\n]*\n$/);
  });
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
