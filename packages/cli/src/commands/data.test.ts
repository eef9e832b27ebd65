import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { writePattern } from '../../../node/src/testing/make-pictures.js';
import { runMien, type Finished } from '../testing/run-mien.js';

interface Json {
  readonly count: number;
  readonly splits: readonly { readonly split: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly repeats: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly surplus: Readonly<Record<string, number>>;
  readonly duplicates: readonly { readonly kind: string; readonly pictures: readonly unknown[] }[];
  readonly blank: readonly unknown[];
  readonly sizes: readonly unknown[];
  readonly leftOut: readonly unknown[];
  readonly unreadable: readonly { readonly source: string; readonly message: string }[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-data-'));
  const lines = makeCollection({ Training: 14, PublicTest: 7 }).split('\n');
  const [first = '', second = ''] = [lines[1], lines[2]];
  const blank = `6,${new Array(48 * 48).fill(0).join(' ')},Training`;
  const repeats = [first.replace(/^\d/, '3'), second.replace('Training', 'PublicTest'), blank];
  await writeFile(join(folder, 'data.csv'), [...lines.slice(0, -1), ...repeats, ''].join('\n'));
  await writeFile(join(folder, 'bad.csv'), `${lines.slice(0, 3).join('\n')}\n9,1 2 3,Training\n`);

  const faces = join(folder, 'faces');
  await writePattern(join(faces, 'train/happy/1.png'), 1, 60, 60);
  await writePattern(join(faces, 'train/happy/2.png'), 2, 60, 60);
  await writePattern(join(faces, 'train/sad/one, "again".png'), 1, 60, 60);
  await writePattern(join(faces, 'test/sad/3.jpg'), 3, 80, 40);
  await mkdir(join(folder, 'bad'));
  await writePattern(join(folder, 'bad/happy/1.png'), 1);
  await writeFile(join(folder, 'bad/happy/text.png'), 'text');
  await mkdir(join(folder, 'worse/happy'), { recursive: true });
  await writeFile(join(folder, 'worse/happy/empty.png'), '');
});
afterAll(() => rm(folder, { recursive: true }));

const check = (...args: string[]): Promise<Finished> => runMien(['data', 'check', ...args], { cwd: folder });

describe('mien data check', () => {
  it('counts labels, and finds duplicate and blank pictures', async () => {
    const { exitCode, stdout, stderr } = await check('data.csv');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^data\.csv {2}24 pictures of 48×48, 7 labels\n/);
    expect(stdout).toMatch(/^split +angry +disgust +fear +happy +sad +surprise +neutral +total$/m);
    expect(stdout).toMatch(/^Training +2 +2 +2 +3 +2 +2 +3 +16$/m);
    expect(stdout).toMatch(/^all +3 +4 +3 +4 +3 +3 +4 +24$/m);
    expect(stdout).toContain('largest class    1.5 times the smallest, in Training\n');
    expect(stdout).toMatch(/^exact duplicates +4 pictures in 2 groups, 1 across splits/m);
    expect(stdout).toContain('  2 of Training duplicate another one of Training (1 beyond one of each)\n');
    expect(stdout).toContain('  1 of PublicTest are also in Training\n');
    expect(stdout).toContain('  1 group under different labels, such as:\n    row 1 angry · row 22 happy\n');
    expect(stdout).toContain('blank            1: row 24\n');
    expect(stdout).toContain('unreadable       none\n');
  });

  it('writes a row for every duplicate and blank picture', async () => {
    const { exitCode } = await check('faces', '--list', 'list.csv', '--size', '32');
    expect(exitCode).toBe(0);
    const [header, ...rows] = (await readFile(join(folder, 'list.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('kind,group,source,split,label,labels_differ,across_splits');
    expect(rows.sort()).toEqual([
      'exact,1,"train/sad/one, ""again"".png",train,sad,true,false',
      'exact,1,train/happy/1.png,train,happy,true,false',
    ]);
  });

  it('does not write the list over the data set', async () => {
    for (const [data, list, reason] of [
      ['data.csv', './data.csv', 'would replace what is read of data.csv'],
      ['faces', 'faces/train/happy/1.png', 'would replace what is read of faces'],
    ] as const) {
      const before = await readFile(join(folder, list));
      const result = await check(data, '--list', list);
      expect(result).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `mien: ${list}: ${reason}; give another name\n`,
      });
      expect(await readFile(join(folder, list))).toEqual(before);
    }
    // Of an earlier run.
    for (let run = 0; run < 2; run++) {
      expect(await check('faces', '--list', 'faces/list.csv')).toMatchObject({ exitCode: 0 });
    }
    await rm(join(folder, 'faces/list.csv'));
  });

  it('has the same as JSON, with the stored sizes', async () => {
    const { exitCode, stdout } = await check('faces', '--format', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      data: 'faces',
      count: 4,
      width: 48,
      labels: ['happy', 'sad'],
      splits: [
        { split: 'train', counts: { happy: 2, sad: 1 }, leftOut: 0 },
        { split: 'test', counts: { happy: 0, sad: 1 }, leftOut: 0 },
      ],
      imbalance: 2,
      repeats: { train: { train: 2, test: 0 } },
      surplus: { train: 1, test: 0 },
      duplicates: [{ kind: 'exact', labelsDiffer: true, acrossSplits: false }],
      sizes: expect.arrayContaining([
        { width: 60, height: 60, count: 3 },
        { width: 80, height: 40, count: 1 },
      ]) as unknown,
      blank: [],
      leftOut: [],
      unreadable: [],
    });
  });

  it('names unreadable files, reports on the others, and exits with 1', async () => {
    const { exitCode, stdout, stderr } = await check('bad', '--format', 'json');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^mien: bad\/happy\/text\.png: holds no readable picture [^\n]*\n$/);
    const { count, unreadable } = JSON.parse(stdout) as Json;
    expect([count, unreadable.map(({ source }) => source)]).toEqual([1, ['happy/text.png']]);
  });

  it('names each file if none can be read', async () => {
    const { exitCode, stdout, stderr } = await check('worse');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^mien: worse\/happy\/empty\.png: is empty .*\nmien: worse: none of its 1 pictures could be used.*\n$/); // prettier-ignore
  });

  it('says why no file fits a layout', async () => {
    const { exitCode, stderr } = await check('faces', '--layout', 'kdef');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^mien: left out: file name is not of the form AF01ANS\.JPG: 4: test\/sad\/3\.jpg, .*\nmien: faces: no pictures of the layout kdef found; expected frontal pictures, named/,
    );
  });

  it.each([
    [['none'], 1, /^mien: none: no such file/],
    [['bad.csv'], 1, /^mien: bad\.csv: row 3 \(line 4\): emotion must be/],
    [['data.csv', '--ferplus', 'none'], 1, /^mien: none: no such file; give FER\+'s/],
    [['data.csv', '--ferplus', 'bad.csv'], 1, /^mien: bad\.csv: no column angry in/],
    [['faces', '--ferplus', 'bad.csv'], 2, /^mien: faces: FER\+'s votes are only for FER2013's CSV/],
    [['faces', '--label-map', 'bad.csv'], 1, /^mien: bad\.csv: is not JSON/],
    [['faces', '--layout', 'ck'], 2, /Allowed choices are fer2013, folders, ck\+, jaffe, kdef, raf-db/],
    [['faces', '--layout', 'fer2013'], 1, /^mien: faces: is a folder/],
    [['faces', '--size', '5000'], 2, /It must be a whole number from 8 to 512/],
    [['data.csv', '--list', 'data.csv/list.csv'], 1, /^mien: data\.csv\/list\.csv: cannot be written/],
    [[], 2, /^mien: missing required argument 'path' \(see mien data check --help\)/],
  ])('fails in one line on %j', async (args, expected, message) => {
    const { exitCode, stdout, stderr } = await check(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });

  it('has help with examples', async () => {
    const { exitCode, stdout, stderr } = await runMien(['data', 'check', '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Usage: mien data check [options] <path>');
    expect(stdout).toContain('$ mien data check fer2013.csv.gz');
    expect((await runMien(['data', '--help'])).stdout).toContain('check [options] <path>');
    expect(await runMien(['data', 'chek'])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  const fer2013 = findData('fer2013.csv.gz');
  it.skipIf(fer2013 === undefined)(
    'finds the known duplicates of FER2013 (skipped without the shared data)',
    async () => {
      const { exitCode, stdout } = await check(fer2013 ?? '', '--format', 'json');
      expect(exitCode).toBe(0);
      const { count, repeats, surplus, duplicates, blank } = JSON.parse(stdout) as Json;
      expect(count).toBe(32_298);
      expect(repeats).toMatchObject({
        Training: { Training: 2267, PublicTest: 351 },
        PublicTest: { Training: 280 },
      });
      expect(surplus).toMatchObject({ Training: 1234 });
      expect(blank).toHaveLength(12);
      const countOf = (kind: string): number => duplicates.filter((group) => group.kind === kind).length;
      expect([countOf('exact'), countOf('near')]).toEqual([1271, 487]);
    },
  );
});

describe('folders of pictures', () => {
  it('are measured by evaluate on the split that was not used for training', async () => {
    const { exitCode, stdout, stderr } = await runMien(['evaluate', '--data', 'faces', '--format', 'json'], {
      cwd: folder,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('measuring test (faces also has train; see --split)\n');
    expect(JSON.parse(stdout)).toMatchObject({ split: 'test', count: 1 });
  });

  it('can be trained on', async () => {
    const options = ['--epochs', '1', '--input-size', '20', '--threads', '1', '--validation-split', '0.4', '--out', 'run']; // prettier-ignore
    const { exitCode, stderr } = await runMien(['train', '--data', 'faces', ...options], { cwd: folder });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('training on 1 picture, validating on 2, leaving out 1, 1 epoch,');
  });
});
