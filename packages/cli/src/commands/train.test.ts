import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCollection } from '../testing/make-collection.js';
import { MIEN, runMien, type Finished } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-train-'));
  const collection = makeCollection({ Training: 40, PublicTest: 14 });
  await writeFile(inFolder('data.csv'), collection);
  await writeFile(inFolder('data.csv.gz'), gzipSync(collection));
});
afterAll(() => rm(folder, { recursive: true }));

/** Small and quick: the smallest input that the network takes, one thread. */
const QUICK = ['--input-size', '20', '--batch-size', '8', '--threads', '1'] as const;
const train = (...args: string[]): Promise<Finished> =>
  runMien(['train', '--data', 'data.csv', ...args], { cwd: folder });

describe('mien train', () => {
  it('trains, tells of every epoch, and leaves checkpoints that evaluate reads', async () => {
    const { exitCode, stdout, stderr } = await train(
      '--epochs',
      '3',
      ...QUICK,
      '--preset',
      'fer2013',
      '--out',
      'run',
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('training on 40 pictures, validating on 14, 3 epochs, 1 thread\n');
    expect(stderr).toMatch(
      /^Epoch 3\/3 \d+:\d\d {2}loss [\d.]+ acc [\d.]+ {2}val_loss [\d.]+ val_acc [\d.]+ {2}lr/m,
    );
    const [, accuracy, best = ''] = /val_accuracy ([\d.]+)\n(.*)\n$/.exec(stdout) ?? [];
    expect(best).toMatch(/^run\/_mini_XCEPTION\.0[123]-0\.\d\d\.hdf5$/);
    expect(await readdir(inFolder('run'))).toEqual(
      expect.arrayContaining(['last.hdf5', 'log.csv', 'report.html', 'tensorboard']),
    );
    const report = await readFile(inFolder('run/report.html'), 'utf8');
    expect(report).toContain('<title>Training of mini_XCEPTION</title>');
    expect(report).toMatch(/The run was finished\. Epoch [123] of 3 was best: validation loss [\d.]+/);
    // The page measures the best checkpoint as evaluate does.
    const percent = (Number(accuracy) * 100).toFixed(1);
    expect(report).toMatch(new RegExp(`<dt>accuracy</dt>\\s*<dd>\\s*${percent}\u00a0%`));
    for (const part of [
      'Course of training',
      'Confusion',
      'Calibration',
      'The data',
      'The recipe',
      'Made with',
    ]) {
      expect(report).toContain(`<h2>${part}`);
    }
    for (const part of ['train', 'validation']) {
      expect(await readdir(inFolder(`run/tensorboard/${part}`))).toEqual([
        expect.stringMatching(/^events\.out\.tfevents\.\d+\.mien\.0$/),
      ]);
    }

    const evaluation = await runMien(
      ['evaluate', '--model', best, '--data', 'data.csv', '--format', 'json'],
      {
        cwd: folder,
      },
    );
    const measured = JSON.parse(evaluation.stdout) as { accuracy: number; split: string };
    expect(measured.split).toBe('PublicTest');
    expect(measured.accuracy.toFixed(4)).toBe(accuracy);
  });

  it('gives the same weights for gzip as for plain text, and on two threads as on one', async () => {
    const options = ['--epochs', '1', '--input-size', '20', '--batch-size', '8', '--verbose', '0'];
    const first = await train(...options, '--threads', '1', '--out', 'one');
    const second = await runMien(
      ['train', '--data', 'data.csv.gz', ...options, '--threads', '2', '--out', 'two'],
      { cwd: folder },
    );
    expect([first.exitCode, second.exitCode, first.stderr, second.stderr]).toEqual([0, 0, '', '']);
    const evaluate = async (run: string): Promise<unknown> => {
      const args = ['evaluate', '--model', `${run}/last.hdf5`, '--data', 'data.csv', '--split', 'all'];
      return JSON.parse((await runMien([...args, '--format', 'json'], { cwd: folder })).stdout);
    };
    expect(await evaluate('one')).toEqual(await evaluate('two'));
  });

  it('saves and ends cleanly on Ctrl-C, and goes on with --resume', async () => {
    const interrupt = (args: readonly string[]): Promise<Finished> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [MIEN, 'train', '--data', 'data.csv', ...args], {
          cwd: folder,
        });
        let [stdout, stderr] = ['', ''];
        let asked = false;
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
          if (!asked && /^Epoch \d+\//m.test(stderr)) asked = child.kill('SIGINT');
        });
        child.on('error', reject).on('close', (exitCode) => {
          resolve({ exitCode, stdout, stderr });
        });
      });
    const first = await interrupt(['--epochs', '10000', ...QUICK, '--out', 'long']);
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain('stopping after this update');
    expect(first.stdout).toContain('go on with: mien train --data data.csv --resume long/last.hdf5');
    const epochs = async (): Promise<number> =>
      (await readFile(inFolder('long/log.csv'), 'utf8')).trimEnd().split('\n').length - 1;
    const before = await epochs();
    const report = (): Promise<string> => readFile(inFolder('long/report.html'), 'utf8');
    expect(await report()).toContain('The run was interrupted and can be resumed.');
    expect(before).toBeGreaterThanOrEqual(1);

    const second = await interrupt(['--resume', 'long/last.hdf5', '--threads', '1']);
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toContain(`going on at epoch ${before + 1} of 10000`);
    const after = await epochs();
    expect(after).toBeGreaterThan(before);
    expect(await report()).toMatch(new RegExp(`Epoch \\d+ of ${after} was best`));
    expect(await readdir(inFolder('long/tensorboard/train'))).toHaveLength(2);
  });

  it('names file and row of bad data, in one line, and writes nothing', async () => {
    const collection = makeCollection({ Training: 3 });
    const short = collection.replace(/ \d+(,Training\n)$/, '$1');
    await writeFile(inFolder('short.csv'), short);
    await writeFile(inFolder('label.csv'), collection.replace('\n1,', '\n9,'));
    for (const [file, message] of [
      ['short.csv', 'row 3 (line 4): expected 2304 pixels (48×48), got 2303; correct or remove the row'],
      [
        'label.csv',
        "row 2 (line 3): emotion must be a whole number from 0 to 6, got '9'; correct or remove the row",
      ],
      ['none.csv', "no such file; give the path of FER2013's CSV, plain or .gz"],
    ] as const) {
      const result = await runMien(['train', '--data', file, '--out', 'bad'], { cwd: folder });
      expect(result).toEqual({ exitCode: 1, stdout: '', stderr: `mien: ${file}: ${message}\n` });
    }
    expect(await readdir(folder)).not.toContain('bad');
  });

  it.each([
    [[], /required option '--data <file>' not specified/],
    [['--data', 'data.csv', '--preset', 'mine'], /Allowed choices are paper, fer2013/],
    [['--data', 'data.csv', '--epochs', '0'], /epochs must be a whole number from 1 to 100000, got 0/],
    [['--data', 'data.csv', '--epochs', 'ten'], /It must be a whole number/],
    [['--data', 'data.csv', '--learning-rate', '-1'], /learningRate must be a number from 0 to 10, got -1/],
    [['--data', 'data.csv', '--input-size', '8'], /whole number from 20 to 512/],
    [['--data', 'data.csv', '--val-split', 'PrivateTest'], /no rows of the split PrivateTest to validate on/],
    [['--data', 'data.csv', '--out', 'used'], /used\/log.csv is there already; choose another --out/],
    [
      ['--data', 'data.csv', '--resume', 'x', '--batch-size', '4'],
      /--batch-size cannot change a run that is resumed/,
    ],
    [
      ['--data', 'data.csv', '--validation-split', '0.1', '--val-split', 'PublicTest'],
      /cannot be used with option/,
    ],
  ])('refuses %j as wrong usage', async (args, message) => {
    await mkdir(inFolder('used'), { recursive: true });
    await writeFile(inFolder('used/log.csv'), '');
    const { exitCode, stdout, stderr } = await runMien(['train', ...args], { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });

  it('says that a file to resume from is none', async () => {
    const { exitCode, stderr } = await train('--resume', 'data.csv');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^mien: data\.csv: not a readable safetensors file.*\n$/);
  });
});
