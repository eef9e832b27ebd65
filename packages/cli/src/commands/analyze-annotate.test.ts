/** `mien analyze --annotate`: copies of pictures with their faces drawn in. */
import { copyFile, readdir, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  HAAR,
  MODEL,
  PORTRAIT,
  PORTRAIT_BOX,
  useAnalyzer,
} from '../../../../test/command/analyze-pictures.js';
import { runMien } from '../testing/run-mien.js';

const { analyze, inFolder } = useAnalyzer();

describe('--annotate', () => {
  it('writes a copy with its faces drawn in, upright and of the same size', async () => {
    await sharp(PORTRAIT).rotate(270).withMetadata({ orientation: 6 }).png().toFile(inFolder('lying.png'));
    const { exitCode, stderr } = await analyze(['lying.png'], ...HAAR, '--annotate', 'drawn.png');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'wrote drawn.png\n' });
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
      await runMien(['analyze', PORTRAIT, '--annotate', 'out.mp4', '--model', 'absent'], { cwd: inFolder() }),
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
      ['analyze', ...pictures, '--model', inFolder(MODEL), '--annotate', target],
      { cwd: inFolder() },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('refuses a link to the picture', async () => {
    await copyFile(PORTRAIT, inFolder('mine.png'));
    await symlink('mine.png', inFolder('link.png'));
    const result = await runMien(['analyze', 'mine.png', '--annotate', 'link.png'], { cwd: inFolder() });
    expect(result).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'mien: --annotate: link.png is a picture to read and would be overwritten; name another\n',
    });
  });

  it('leaves no partial files', async () => {
    expect(
      (await readdir(inFolder(), { recursive: true })).filter((name) => basename(name).endsWith('.partial')),
    ).toEqual([]);
  });
});
