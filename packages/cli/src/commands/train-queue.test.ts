import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueueResults } from '@mien/train';
import { readCheckpoint } from '@mien/train/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { MIEN, runMien, type Finished } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-queue-'));
  await writeFile(inFolder('data.csv'), makeCollection({ Training: 40, PublicTest: 14 }));
  await writeFile(inFolder('tiny.json'), JSON.stringify(TINY));
});
afterAll(() => rm(folder, { recursive: true }));

const TINY = {
  ...{ preset: 'fer2013', epochs: 2, batchSize: 8, inputSize: 16, augmentation: null },
  network: { kind: 'residual', widths: [4], blocksPerStage: 1 },
};

async function startQueue(runs: readonly object[], out: string, ...args: string[]): Promise<string[]> {
  await writeFile(inFolder(`${out}.json`), JSON.stringify({ runs }));
  return ['train', '--data', 'data.csv', '--queue', `${out}.json`, '--out', out, '--threads', '1', ...args];
}
const train = async (runs: readonly object[], out: string): Promise<Finished> =>
  runMien(await startQueue(runs, out), { cwd: folder });
const results = async (out: string): Promise<QueueResults> =>
  JSON.parse(await readFile(inFolder(`${out}/results.json`), 'utf8')) as QueueResults;

describe('mien train --queue', () => {
  it('trains every seed, lets a run learn from earlier ones, and skips all of it the next time', async () => {
    const distillation = { teacher: ['run:teacher-1', 'run:teacher-2'], temperature: 3, weight: 0.5 };
    const runs = [
      { name: 'teacher', recipe: 'tiny.json', seeds: [1, 2] },
      { name: 'student', recipe: 'tiny.json', overrides: { distillation, validation: { heldOut: 0.3 } } },
    ];
    const first = await train(runs, 'all');
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toMatch(/^run 1 of 3, teacher-1$/m);
    expect(first.stderr).toMatch(/^ {2}run 2 of 3, teacher-2, about \d+:\d\d left for the queue$/m);
    const table = first.stdout.split('\n').map((line) => line.split(/ +/).slice(0, 3));
    expect(table).toEqual([
      ['run', 'state', 'epochs'],
      ['teacher-1', 'finished', '2/2'],
      ['teacher-2', 'finished', '2/2'],
      ['student-1', 'finished', '2/2'],
      [''],
    ]);
    const before = await results('all');
    expect(before.entries.map(({ entry, finished }) => [entry, finished])).toEqual([
      ['teacher', 2],
      ['student', 1],
    ]);
    const paths = before.runs.map(({ best }) => best!.checkpoint);
    const student = await readCheckpoint(inFolder('all/student-1/last.hdf5'));
    expect(student.training.recipe.distillation?.teacher).toEqual(paths.slice(0, 2));
    expect(await readFile(inFolder('all/results.md'), 'utf8')).toContain('| teacher-2 | finished | 2/2 |');
    expect(before.runs[0]?.best?.macroF1).toBeGreaterThanOrEqual(0);

    const written = (await stat(inFolder('all/student-1/last.hdf5'))).mtimeMs;
    const second = await train(runs, 'all');
    expect(second).toMatchObject({ exitCode: 0, stdout: first.stdout });
    expect(second.stderr).toMatch(/^run 3 of 3, student-1: already complete$/m);
    expect((await stat(inFolder('all/student-1/last.hdf5'))).mtimeMs).toBe(written);
    expect(await results('all')).toEqual(before);
  });

  it('stops at Ctrl-C with 130, and then resumes to the same weights as without it', async () => {
    const runs = (epochs: number) => [
      { name: 'a', recipe: 'tiny.json', overrides: { epochs } },
      { name: 'b', recipe: 'tiny.json' },
    ];
    const args = await startQueue(runs(20), 'stopped', '--verbose', '2');
    const child = spawn(process.execPath, [MIEN, ...args], { cwd: folder });
    let stderr = '';
    const exitCode = await new Promise((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (!/^Epoch 2\//m.test(stderr) && /^Epoch 2\//m.test((stderr += text))) child.kill('SIGINT');
      });
      child.on('error', reject).on('close', resolve);
    });
    expect(exitCode).toBe(130);
    const [a, b] = (await results('stopped')).runs;
    expect([a?.state, b?.state, b?.epochs]).toEqual(['interrupted', 'waiting', 0]);
    expect(a?.epochs).toBeGreaterThanOrEqual(2);
    expect(a?.epochs).toBeLessThan(20);

    const resumed = await train(runs(20), 'stopped');
    expect(resumed.exitCode).toBe(0);
    expect(resumed.stderr).toContain(`resuming at epoch ${a!.epochs + 1} of 20`);
    await train(runs(20).slice(0, 1), 'through');
    const weights = async (path: string) => (await readCheckpoint(inFolder(path))).weights;
    expect(await weights('stopped/a-1/last.hdf5')).toEqual(await weights('through/a-1/last.hdf5'));
  });

  it('records failures, continues with the other runs, and exits with 1', async () => {
    const runs = [
      { name: 'lost', recipe: 'tiny.json', overrides: { network: { kind: 'file', path: 'gone.hdf5' } } },
      { name: 'diverging', recipe: 'tiny.json', overrides: { learningRate: 10, optimizer: { kind: 'sgd', momentum: 0.99 } } }, // prettier-ignore
      {
        ...{ name: 'taught', recipe: 'tiny.json' },
        overrides: { distillation: { teacher: 'run:lost-1', temperature: 1, weight: 0.5 } },
      },
      { name: 'good', recipe: 'tiny.json' },
    ];
    const first = await train(runs, 'partly');
    expect(first.exitCode).toBe(1);
    const { runs: after } = await results('partly');
    expect(after.map(({ name, state }) => [name, state])).toEqual([
      ['lost-1', 'failed'],
      ['diverging-1', expect.any(String)],
      ['taught-1', 'failed'],
      ['good-1', 'finished'],
    ]);
    expect(after[0]?.error).toMatch(/^model gone\.hdf5: neither installed .* nor a file or folder/);
    expect(after[2]?.error).toMatch(/^run:lost-1: this run is not finished, so it has no model yet/);
    expect(first.stderr).toContain('mien: run:lost-1: this run is not finished');
    expect(await readFile(inFolder('partly/results.md'), 'utf8')).toContain('- lost-1: model gone.hdf5');

    // A run whose recipe has changed is not taken for the same one.
    const changed = [{ name: 'good', recipe: 'tiny.json', overrides: { epochs: 3 } }];
    const second = await train(changed, 'partly');
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(
      'mien: partly/good-1: contains a run with another recipe; rename the run',
    );
  });

  it.each([
    [['--queue', 'q.json', '--epochs', '3', '--seed', '2'], 2, /--epochs, --seed cannot be used with --queue; set it in the queue file/], // prettier-ignore
    [['--queue', 'none.json'], 1, /none\.json: no such file/],
    [['--queue', 'empty.json'], 2, /empty\.json: runs must be a list of 1 to 1000 runs, got nothing/],
    [
      ['--queue', 'results.json', '--out', '.'],
      2,
      /^mien: results\.json: is a file that is read; give another name/,
    ],
    [['--queue', 'q.json', '--data', 'gone.csv'], 1, /^mien: gone\.csv: no such file/],
  ])('refuses %j in one line', async (args, exitCode, message) => {
    await writeFile(inFolder('empty.json'), '{}');
    await writeFile(inFolder('q.json'), JSON.stringify({ runs: [{ name: 'a', recipe: 'tiny.json' }] }));
    await copyFile(inFolder('q.json'), inFolder('results.json'));
    const data = args.includes('--data') ? [] : ['--data', 'data.csv'];
    const result = await runMien(['train', ...data, '--verbose', '0', '--out', 'refused', ...args], { cwd: folder }); // prettier-ignore
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trimEnd()).not.toMatch(/\n/);
  });
});
