import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { LABELS, makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { MIEN, runMien, type Finished } from '../testing/run-mien.js';

interface Json {
  readonly model: string;
  readonly data: string;
  readonly split: string;
  readonly count: number;
  readonly accuracy: number;
  readonly perClass: Readonly<Record<string, { readonly recall: number; readonly support: number }>>;
  readonly confusion: readonly (readonly number[])[];
  readonly accuracyInterval: { readonly low: number; readonly high: number };
  readonly views?: object;
  readonly calibration?: {
    readonly temperature: number;
    readonly byMargin?: object;
    readonly fittedOn: { readonly heldOut: number };
  };
  readonly adjustment?: { readonly tau: number; readonly before: { readonly accuracy: number } };
  readonly groups?: readonly {
    readonly name: string;
    readonly unknown: number;
    readonly groups: readonly { readonly group: string; readonly count: number; readonly isSmall: boolean }[];
  }[];
  readonly comparison?: {
    readonly accuracy: number;
    readonly onlyFirst: number;
    readonly onlySecond: number;
  };
  readonly corruptions?: { readonly byKind: object };
  readonly faithfulness?: object;
  readonly withoutDuplicates?: { readonly count: number; readonly accuracy: number };
}

/** Any figure. */
const NUMBER = expect.any(Number) as number;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-evaluate-'));
  await writeFile(join(folder, 'model.safetensors'), makeCheckpoint());
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 10, PublicTest: 15 }));
  await writeFile(join(folder, 'many.csv'), makeCollection({ Training: 120, PublicTest: 30 }));
  await writeFile(join(folder, 'other.safetensors'), makeCheckpoint(LABELS, 2));
  await writeFile(join(folder, 'private.csv'), makeCollection({ PrivateTest: 7 }));
  // Two of the PublicTest rows again as Training rows.
  const lines = makeCollection({ Training: 10, PublicTest: 15 }).split('\n');
  const repeats = [12, 20].map((index) => (lines[index] ?? '').replace('PublicTest', 'Training'));
  await writeFile(join(folder, 'repeats.csv'), [...lines.slice(0, -1), ...repeats, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = (...args: string[]): Promise<Finished> =>
  runMien(['evaluate', '--model', 'model.safetensors', ...args], { cwd: folder });
async function evaluateJson(...args: string[]): Promise<Json> {
  const { exitCode, stdout } = await evaluate('--format', 'json', ...args);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Json;
}

describe('mien evaluate', () => {
  const checkpoint = findData('keras/fer2013_mini_XCEPTION.102-0.66.hdf5');
  const collection = findData('fer2013.csv.gz');
  it.skipIf(checkpoint === undefined || collection === undefined)(
    "gives the published checkpoint the same figures as its author's code (skipped without the shared data)",
    async () => {
      const args = ['--model', checkpoint ?? '', '--data', collection ?? '', '--format', 'json'];
      const { exitCode, stdout } = await runMien(['evaluate', ...args]);
      expect(exitCode).toBe(0);
      const json = JSON.parse(stdout) as Json;
      expect(json).toMatchObject({ split: 'PublicTest', count: 3589 });
      // 65.5 % where OpenCV resizes the pictures to 64×64; its greys differ from ours by one now and then.
      expect(Math.abs(json.accuracy - 0.655)).toBeLessThan(0.003);
    },
  );

  it('measures PublicTest if the file has it, and says so', async () => {
    const { exitCode, stdout, stderr } = await evaluate('--data', 'data.csv', '--format', 'json');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('measuring PublicTest (data.csv also has Training; see --split)\n');
    const json = JSON.parse(stdout) as Json;
    expect(Object.keys(json).sort()).toEqual(
      [
        'model',
        'data',
        'split',
        'count',
        'accuracy',
        'accuracyInterval',
        'macroF1',
        'macroF1Interval',
        'selective',
        'byMargin',
        'ece',
        'eceInterval',
        'nll',
        'nllInterval',
        'perClass',
        'repeated',
        'labels',
        'confusion',
      ].sort(),
    );
    expect(json).toMatchObject({
      model: 'model',
      data: 'data.csv',
      split: 'PublicTest',
      count: 15,
      labels: [...LABELS],
    });
    expect(Object.keys(json.perClass)).toEqual([...LABELS]);
    // Labels 0…6 in turn: fifteen rows are three of the first and two of every other.
    expect(Object.values(json.perClass).map(({ support }) => support)).toEqual([3, 2, 2, 2, 2, 2, 2]);
    expect(json.confusion.map((row) => row.reduce((sum, value) => sum + value, 0))).toEqual([
      3, 2, 2, 2, 2, 2, 2,
    ]);
    const hits = json.confusion.reduce((sum, row, index) => sum + (row[index] ?? NaN), 0);
    expect(json.accuracy).toBe(hits / 15);
  });

  it('measures the given split, and all rows if there is no PublicTest', async () => {
    expect(await evaluateJson('--data', 'data.csv', '--split', 'Training')).toMatchObject({
      split: 'Training',
      count: 10,
    });
    expect(await evaluateJson('--data', 'data.csv', '--split', 'all')).toMatchObject({
      split: 'all',
      count: 25,
    });
    expect(await evaluateJson('--data', 'private.csv')).toMatchObject({ split: 'all', count: 7 });
  });

  it('gives the accuracy without pictures that occur in another split', async () => {
    const { count, withoutDuplicates } = await evaluateJson('--data', 'repeats.csv');
    expect([count, withoutDuplicates?.count]).toEqual([15, 13]);
  });

  it('prints a table', async () => {
    const { exitCode, stdout } = await evaluate('--data', 'repeats.csv');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^model on repeats\.csv, PublicTest: 15 pictures\n/);
    expect(stdout).toMatch(/^accuracy {2}0\.\d{4} {3}\(0\.\d{4} on the 13 that are in no other split\)$/m);
    for (const label of LABELS)
      expect(stdout).toMatch(new RegExp(`^${label} +(\\d\\.\\d{3} +){5}\\d+$`, 'm'));
  });

  it('measures held-out rows of the training split alone', async () => {
    const json = await evaluateJson('--data', 'many.csv', '--held-out', '0.3');
    expect(json).toMatchObject({ split: 'Training', heldOut: 0.3 });
    expect(json.count).toBeGreaterThan(20);
    expect(json.count).toBeLessThan(60);
    const { stdout } = await evaluate('--data', 'many.csv', '--held-out', '0.3');
    expect(stdout).toContain(`model on many.csv, held-out 0.3 of Training: ${json.count} pictures\n`);
  });

  it('gives intervals, views, a temperature, a comparison and corruptions where they are asked for', async () => {
    const more = [
      ...['--views', 'flip,ten-crop', '--calibrate', '0.3', '--adjust', '0.3'],
      ...['--compare', 'other.safetensors'],
      ...['--corruptions', 'blur,darkness', '--faithfulness', '6'],
    ];
    const json = await evaluateJson('--data', 'many.csv', ...more);
    const { accuracyInterval: interval, accuracy } = json;
    expect(interval.low).toBeLessThanOrEqual(accuracy);
    expect(interval.high).toBeGreaterThanOrEqual(accuracy);
    expect(Object.keys(json.views ?? {})).toEqual(['flip', 'ten-crop']);
    expect(json.calibration?.fittedOn.heldOut).toBe(0.3);
    expect(json.calibration?.temperature).toBeGreaterThan(0.05);
    expect(json.calibration?.byMargin).toEqual({
      minMargin: NUMBER,
      sure: expect.anything() as object,
      unsure: expect.anything() as object,
    });
    expect(json.adjustment).toMatchObject({ fittedOn: { heldOut: 0.3 }, before: { accuracy } });
    expect(json.adjustment?.tau).toBeGreaterThanOrEqual(0);
    expect(json.comparison).toMatchObject({ model: 'other' });
    const { onlyFirst = NaN, onlySecond = NaN } = json.comparison ?? {};
    expect((json.comparison?.accuracy ?? NaN) * json.count).toBeCloseTo(
      accuracy * json.count - onlyFirst + onlySecond,
      6,
    );
    expect(json.corruptions?.byKind).toEqual({
      blur: { weak: NUMBER, middle: NUMBER, strong: NUMBER },
      darkness: { weak: NUMBER, middle: NUMBER, strong: NUMBER },
    });
    expect(json.faithfulness).toMatchObject({ method: 'hires-cam', count: 6, more: { mean: NUMBER } });
    // Means of ten kinds need all of them.
    expect(json.corruptions).not.toHaveProperty('meanOfTen');

    const markdown = (await evaluate('--data', 'many.csv', ...more, '--format', 'markdown')).stdout;
    for (const title of ['Overall', 'By expression', 'Confusion', 'Views', 'Corruptions']) {
      expect(markdown).toContain(`\n## ${title}\n\n| `);
    }
    expect(markdown).toMatch(/^- temperature \d\.\d{3} \(fitted to \d+ held-out pictures\): ECE /m);
    expect(markdown).toMatch(/^- at this temperature a lead of [\d.]+ \(fitted\): /m);
    expect(markdown).toMatch(/^- logit adjustment, τ [\d.]+ \(chosen on \d+ held-out pictures\): /m);
    expect(markdown).toMatch(/^- beside other \(accuracy 0\.\d{4}\): \d+ pictures right here alone/m);
    expect(markdown).toMatch(/^- explanations \(hires-cam at \w+, 6 pictures\): hiding the hottest fifth/m);
    const table = (await evaluate('--data', 'many.csv', ...more)).stdout;
    expect(table).toMatch(/^ten-crop +0\.\d{4} +0\.\d{4} +0\.\d{4} +0\.\d{4}$/m);
  });

  it('measures groups by row, and warns of small ones', async () => {
    // Rows 121 to 150 are PublicTest: all but one of them are in a group.
    const lines = Array.from({ length: 29 }, (_, i) => `${121 + i},${i < 20 ? 'under 18' : '18 and over'}`);
    await writeFile(join(folder, 'groups.csv'), ['row,age', ...lines].join('\n'));
    const args = ['--data', 'many.csv', '--groups', 'groups.csv'];
    const { exitCode, stdout, stderr } = await evaluate(...args, '--format', 'json');
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'groups of fewer than 100 pictures say little: age 18 and over (9 pictures), age under 18 (20 pictures)\n',
    );
    const { groups = [] } = JSON.parse(stdout) as Json;
    expect(groups).toMatchObject([
      {
        name: 'age',
        unknown: 1,
        groups: [
          { group: '18 and over', count: 9, isSmall: true, accuracyInterval: { low: NUMBER, high: NUMBER } },
          { group: 'under 18', count: 20, isSmall: true, perClass: { angry: { recall: NUMBER } } },
        ],
      },
    ]);
    const table = (await evaluate(...args)).stdout;
    expect(table).toMatch(/^under 18 +20 +0\.\d{4}/m);
    expect(table).toMatch(/^\(not in the file\) +1/m);
    const page = await evaluate(...args, '--report', 'groups.html');
    expect(page.exitCode).toBe(0);
    expect(await readFile(join(folder, 'groups.html'), 'utf8')).toContain('By group: age');
  });

  it('writes a report with the same figures and without paths of this machine', async () => {
    const { exitCode, stdout, stderr } = await evaluate(
      '--data',
      'repeats.csv',
      '--report',
      'pages/page.html',
    );
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^wrote pages\/page\.html\n$/m);
    const page = await readFile(join(folder, 'pages/page.html'), 'utf8');
    expect(page).toContain('<title>Evaluation of model</title>');
    const accuracy = Number(/^accuracy {2}([\d.]+)/m.exec(stdout)?.[1]);
    expect(page).toContain(`${(accuracy * 100).toFixed(1)}\u00a0%`);
    expect(page).toMatch(/On the 13 pictures without exact duplicates in other parts of\s+the data/);
    expect(page).toContain('not what someone feels');
    expect(page.match(/<img src="data:image\/png;base64,/g)?.length).toBeGreaterThan(3);
    expect(page).not.toContain(folder);
    expect(page).not.toContain(hostname());
  });

  it('tells two models of the same name apart by their folders', async () => {
    for (const [run, seed] of [
      ['first', 1],
      ['second', 2],
    ] as const) {
      await mkdir(join(folder, run));
      await writeFile(join(folder, run, 'last.safetensors'), makeCheckpoint(LABELS, seed));
    }
    const args = ['evaluate', '--model', join(folder, 'first/last.safetensors'), '--data', 'data.csv'];
    const { stdout } = await runMien(
      [...args, '--compare', 'second/last.safetensors', '--report', 'two.html'],
      { cwd: folder },
    );
    expect(stdout).toContain('first/last.safetensors on data.csv');
    expect(stdout).toContain('beside second/last.safetensors (accuracy');
    const page = await readFile(join(folder, 'two.html'), 'utf8');
    expect(page).toContain('<title>Evaluation of first/last.safetensors</title>');
    expect(page).toContain('second/last.safetensors');
    expect(page).not.toContain(folder);
  });

  it('says before it measures that the report cannot be written', async () => {
    for (const [report, reason] of [
      ['data.csv/page.html', 'its folder is a file'],
      ['.', 'it is a folder'],
    ] as const) {
      const { exitCode, stdout, stderr } = await evaluate('--data', 'data.csv', '--report', report);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr.startsWith(`mien: ${report}: cannot be written (${reason}); `)).toBe(true);
      expect(stderr.trimEnd()).not.toContain('\n');
    }
  });

  it.skipIf(process.platform !== 'linux')('prints the figures also when the report fails', async () => {
    const full = await open('/dev/full', 'w');
    const args = ['--model', 'model.safetensors', '--data', 'data.csv', '--report', '/dev/fd/3'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [MIEN, 'evaluate', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', full.fd],
      encoding: 'utf8',
    });
    await full.close();
    expect(status).toBe(1);
    expect(stdout).toContain('model on data.csv, PublicTest: 15 pictures\n');
    expect(stderr).toMatch(/^mien: \/dev\/fd\/3: cannot be written \(no space left on the device\); /m);
  });

  it('does not write the report over what is read', async () => {
    await symlink('data.csv', join(folder, 'link.csv'));
    for (const name of ['link.csv', 'model.safetensors']) {
      const before = await readFile(join(folder, name));
      const { exitCode, stdout, stderr } = await evaluate('--data', 'data.csv', '--report', name);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^mien: ${name}: .*read.*; give another name\n$`));
      expect(await readFile(join(folder, name))).toEqual(before);
    }
  });

  it('refuses a split that the file does not have', async () => {
    const { exitCode, stdout, stderr } = await evaluate('--data', 'data.csv', '--split', 'PrivateTest');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'mien: evaluate: the data has no rows of the split PrivateTest (it has Training, PublicTest); choose one of them\n',
    );
  });

  it.each([
    [['--data', 'none.csv'], 1, /^mien: none\.csv: no such file/],
    [
      ['--data', '.'],
      1,
      /^mien: \.: no pictures of the layout folders found; give \S+\.csv if it is FER2013/,
    ],
    [['--data', 'model.safetensors'], 1, /^mien: model\.safetensors: /],
    [['--data', 'data.csv', '--model', 'nowhere'], 1, /^mien: model nowhere: /],
    [
      ['--data', 'data.csv', '--model', 'data.csv'],
      1,
      /^mien: data\.csv: is no model file; name one that ends in/,
    ],
    [['--data', 'data.csv', '--format', 'xml'], 2, /Allowed choices are table, json, markdown/],
    [['--data', 'data.csv', '--views', 'one,two'], 2, /It must be of one, flip, ten-crop/],
    [['--data', 'data.csv', '--corruptions', 'fog'], 2, /It must be of darkness, brightness/],
    [['--data', 'data.csv', '--faithfulness', '0'], 2, /It must be a whole number of at least 1/],
    [['--data', 'data.csv', '--held-out', '2'], 2, /It must be a number from 0\.001 to 0\.9/],
    [['--data', 'data.csv', '--held-out', '0.1', '--split', 'all'], 2, /cannot be used with option/],
    [
      ['--data', 'data.csv', '--split', 'Training', '--calibrate', '0.1'],
      2,
      /--calibrate takes pictures of Training, on which nothing else may be measured/,
    ],
    [
      ['--data', 'data.csv', '--split', 'all', '--adjust', '0.1'],
      2,
      /--adjust takes pictures of Training, on which nothing else may be measured/,
    ],
    [['--data', 'data.csv', '--groups', 'none.csv'], 1, /^mien: none\.csv: no such file; expected CSV/],
    [['--data', 'data.csv', '--groups', 'data.csv'], 1, /^mien: data\.csv: line 2: the data has no picture/],
    [['--data', 'data.csv', '--compare', 'nowhere'], 1, /^mien: model nowhere: /],
    [['--data', 'data.csv', '--labels', 'a,,b'], 2, /It must be names that differ, joined by commas/],
    [['--data', 'data.csv', '--input-range', '1'], 2, /It must be two different numbers/],
    [['--data', 'data.csv', '--labels', 'a,b'], 2, /2 labels were given for a network of 7 outputs/],
    [[], 2, /required option '--data <path>' not specified/],
  ])('fails in one line on %j', async (args, expected, message) => {
    const { exitCode, stdout, stderr } = await evaluate(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });
});
