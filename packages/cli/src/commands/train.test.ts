import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { FER2013_LABELS, parseSafetensors } from '@mien/core';
import { readCheckpoint, withRunFolder } from '@mien/train/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
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

/** FER+ for the collection: everybody says happy. */
async function writeVotes(name: string): Promise<void> {
  const rows = (await readFile(inFolder('data.csv'), 'utf8')).trim().split('\n').slice(1);
  const header = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF';
  const votes = rows.map((row) => `${row.slice(row.lastIndexOf(',') + 1)},x.png,0,10,0,0,0,0,0,0,0,0`);
  await writeFile(inFolder(name), [header, ...votes, ''].join('\n'));
}

/** Small and quick: the smallest input that the network takes, one thread. */
const QUICK = ['--input-size', '20', '--batch-size', '8', '--threads', '1'] as const;
/** A network of a few hundred weights, for runs of many epochs. */
const TINY_RECIPE = {
  ...{ preset: 'fer2013', epochs: 25, batchSize: 8, inputSize: 16 },
  network: { kind: 'residual', widths: [4], blocksPerStage: 1, dropout: 0.2 },
};
const train = (...args: string[]): Promise<Finished> =>
  runMien(['train', '--data', 'data.csv', ...args], { cwd: folder });

describe('mien train', () => {
  it('says in the report which votes it trained on, and refuses to resume without them', async () => {
    await writeVotes('votes.csv');
    const votes = ['--ferplus', 'votes.csv', '--ferplus-share', '0.25'];
    const { exitCode } = await train('--epochs', '1', ...QUICK, ...votes, '--out', 'voted');
    expect(exitCode).toBe(0);
    const report = await readFile(inFolder('voted/report.html'), 'utf8');
    expect(report).toContain('votes.csv, 25 % of each target');
    const resumed = await train('--resume', 'voted', '--epochs', '2', '--threads', '1');
    expect(resumed.exitCode).toBe(2);
    expect(resumed.stderr).toContain('a run with other data (pictures, labels or votes); resume with what');
  });

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
    expect(stderr.endsWith('wrote run/report.html\n')).toBe(true);
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

  it('does not train into a folder that another run trains into', async () => {
    const folders = ['shared', 'shared-queue'];
    const refused = await withRunFolder(inFolder('shared'), () =>
      withRunFolder(inFolder('shared-queue'), async () => {
        await writeFile(inFolder('q.json'), '{"runs": [{"name": "a", "preset": "fer2013"}]}');
        return [
          await train('--epochs', '1', ...QUICK, '--out', 'shared'),
          await train('--queue', 'q.json', '--out', 'shared-queue'),
        ];
      }),
    );
    expect(refused).toEqual(
      folders.map((name) => ({
        exitCode: 2,
        stdout: '',
        stderr: `mien: ${name}: process ${process.pid} is training into it; wait until it ends, or choose another --out\n`,
      })),
    );
    for (const name of folders) expect(await readdir(folder)).not.toContain(name);
  });

  it('saves and exits with 130 on Ctrl-C, and continues with --resume', async () => {
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
    const first = await interrupt(['--layout', 'fer2013', '--epochs', '10000', ...QUICK, '--out', 'long']);
    expect(first.exitCode).toBe(130);
    expect(first.stderr).toContain('stopping after this update');
    expect(first.stdout).toContain(
      'resume with: mien train --data data.csv --layout fer2013 --resume long/last.hdf5',
    );
    const epochs = async (): Promise<number> =>
      (await readFile(inFolder('long/log.csv'), 'utf8')).trimEnd().split('\n').length - 1;
    const before = await epochs();
    const report = (): Promise<string> => readFile(inFolder('long/report.html'), 'utf8');
    expect(await report()).toContain('The run was interrupted and can be resumed.');
    expect(before).toBeGreaterThanOrEqual(1);

    const second = await interrupt(['--resume', 'long/last.hdf5', '--threads', '1']);
    expect(second.exitCode).toBe(130);
    expect(second.stderr).toContain(`resuming at epoch ${before + 1} of 10000`);
    const after = await epochs();
    expect(after).toBeGreaterThan(before);
    expect(await report()).toMatch(new RegExp(`Epoch \\d+ of ${after} was best`));
    expect(await readdir(inFolder('long/tensorboard/train'))).toHaveLength(2);
  });

  it('extends a finished run with more epochs, by the schedule of the new number of epochs', async () => {
    await writeFile(
      inFolder('extend.json'),
      JSON.stringify({ ...TINY_RECIPE, schedule: 'cosine', epochs: 2 }),
    );
    await train('--recipe', 'extend.json', '--out', 'extended', '--threads', '1', '--verbose', '0');
    const log = async () =>
      (await readFile(inFolder('extended/log.csv'), 'utf8'))
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 6));
    const before = await log();
    expect(before).toHaveLength(2);

    const result = await train('--resume', 'extended', '--epochs', '4', '--threads', '1');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toMatch(
      /^changing the run from 2 to 4 epochs; the cosine schedule is recomputed for 4 epochs$/m,
    );
    expect(result.stderr).toMatch(/resuming at epoch 3 of 4/);
    const after = await log();
    expect(after.slice(0, 2)).toEqual(before);
    expect(after).toHaveLength(4);
    const rates = after.map((line) => Number(line[5]));
    expect(rates[1]).toBeLessThan(rates[2]!);
    expect(rates[3]).toBeLessThan(rates[2]!);
    const { training } = await readCheckpoint(inFolder('extended/last.hdf5'));
    expect(training.recipe.epochs).toBe(4);

    const fewer = await train('--resume', 'extended', '--epochs', '3');
    expect(fewer).toMatchObject({ exitCode: 2, stdout: '' });
    expect(fewer.stderr).toMatch(/the run has 4 epochs already, more than 3; resume with more epochs\n$/);
    expect(await train('--resume', 'extended')).toMatchObject({ exitCode: 0 });
  });

  it('names missing data before anything else', async () => {
    for (const args of [
      ['--recipe', 'none.json'],
      ['--epochs', '0'],
      ['--resume', 'none'],
      ['--seed', '1', 'surplus'],
    ]) {
      const result = await runMien(['train', '--data', 'nothere.csv', ...args], { cwd: folder });
      expect(result).toEqual({
        exitCode: 1,
        stdout: '',
        stderr:
          "mien: nothere.csv: no such file; give FER2013's CSV (plain or .gz) or a folder of pictures\n",
      });
    }
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
        "row 2 (line 3): emotion must be a whole number from 0 to 6, or one of angry, disgust, fear, happy, sad, surprise, neutral, got '9'; correct or remove the row",
      ],
      ['none.csv', "no such file; give FER2013's CSV (plain or .gz) or a folder of pictures"],
    ] as const) {
      const result = await runMien(['train', '--data', file, '--out', 'bad'], { cwd: folder });
      expect(result).toEqual({ exitCode: 1, stdout: '', stderr: `mien: ${file}: ${message}\n` });
    }
    expect(await readdir(folder)).not.toContain('bad');
  });

  it.each([
    [[], /give the pictures to train on: --data <path>/],
    [['data.csv'], /unexpected argument data\.csv; give the pictures to train on with --data <path>/],
    [
      ['--data', 'data.csv', '--labels', 'a,b'],
      /--labels is only for recipes whose network is a file, but the network is mini-xception/,
    ],
    [['--data', 'data.csv', '--preset', 'mine'], /Allowed choices are paper, original, fer2013/],
    [['--data', 'data.csv', '--epochs', '0'], /epochs must be a whole number from 1 to 100000, got 0/],
    [['--data', 'data.csv', '--epochs', 'ten'], /It must be a whole number/],
    [['--data', 'data.csv', '--learning-rate', '-1'], /learningRate must be a number from 0 to 10, got -1/],
    [['--data', 'data.csv', '--input-size', '8'], /inputSize must be a whole number from 16 to 512, got 8/],
    [
      ['--data', 'data.csv', '--val-split', 'PrivateTest'],
      /no rows of the split PrivateTest \(it has Training, PublicTest\) to validate on/,
    ],
    [['--data', 'data.csv', '--out', 'used'], /used\/log.csv already exists; choose another --out/],
    [
      ['--data', 'data.csv', '--resume', 'x', '--batch-size', '4', '--out', 'y'],
      /--batch-size, --out cannot be changed when a run is resumed/,
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

  it('prints a recipe, which the command line changes and which is a recipe file itself', async () => {
    await writeFile(
      inFolder('mine.json'),
      '{ "preset": "fer2013", "epochs": 80, "mixup": { "alpha": 0.2 } }',
    );
    const first = await runMien(['train', '--recipe', 'mine.json', '--seed', '7', '--print-recipe'], {
      cwd: folder,
    });
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toMatchObject({
      preset: 'fer2013',
      epochs: 80,
      seed: 7,
      learningRate: 0.002,
      mixup: { alpha: 0.2 },
    });
    await writeFile(inFolder('printed.json'), first.stdout);
    const second = await runMien(['train', '--recipe', 'printed.json', '--print-recipe'], { cwd: folder });
    expect(second).toEqual(first);
  });

  it.each([
    ['{\n  "epochs": 5,\n  "mixup": {"alpha" 3}\n}', 'is not JSON at line 3, column 21; correct it'],
    ['{"epoch": 5}', 'epoch is not known; the nearest one is epochs'],
    ['{"mixup": {"alpha": "x"}}', 'mixup.alpha must be a number from 0.01 to 10, got "x"'],
  ])('names the place in the recipe %j', async (text, message) => {
    await writeFile(inFolder('bad.json'), text);
    const result = await train('--recipe', 'bad.json');
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(`mien: bad.json: ${message}`);
    expect(result.stderr.trimEnd()).not.toMatch(/\n/);
  });

  describe('by a recipe', () => {
    const quick = { epochs: 2, batchSize: 8, inputSize: 20, augmentation: null };
    const byRecipe = async (name: string, recipe: object, ...args: string[]): Promise<Finished> => {
      await writeFile(inFolder(`${name}.json`), JSON.stringify({ ...quick, ...recipe }));
      return train('--recipe', `${name}.json`, '--threads', '1', '--verbose', '0', ...args);
    };

    it('trains another network, learns from a teacher, and fine-tunes a model file', async () => {
      const residual = {
        network: { kind: 'residual', widths: [4, 8], blocksPerStage: 1, dropout: 0.2 },
        optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true },
        classWeights: { happy: 2 },
      };
      expect(await byRecipe('small', residual)).toMatchObject({ exitCode: 0, stderr: '' });

      const taught = {
        distillation: { teacher: 'mini-xception', temperature: 2, weight: 0.5 },
        mixup: { alpha: 0.2 },
        network: { kind: 'file', path: 'runs/small/last.hdf5' },
      };
      const result = await byRecipe('taught', taught);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toMatch(/runs\/taught\/_residual\.0[12]-0\.\d\d\.hdf5\n$/);
      expect(await train('--resume', 'runs/taught')).toMatchObject({ exitCode: 0 });
    });

    it('names both sides where a model file does not fit the data', async () => {
      await writeFile(inFolder('other.safetensors'), makeCheckpoint(['a', 'b', 'c', 'd', 'e', 'f', 'g']));
      const result = await byRecipe('misfit', { network: { kind: 'file', path: 'other.safetensors' } });
      expect(result).toEqual({
        exitCode: 2,
        stdout: '',
        stderr:
          'mien: train: the network mini_XCEPTION does not know all labels of the data: angry, disgust, fear, happy, sad, surprise, neutral (it knows a, b, c, d, e, f, g; the data has angry, disgust, fear, happy, sad, surprise, neutral); give data with the same labels, or set lastLayer of the network to "replace" in the recipe\n',
      });
    });

    it('gives a model file a new last layer for the labels of the data, and trains that alone', async () => {
      await writeFile(inFolder('seven.safetensors'), makeCheckpoint(['a', 'b', 'c', 'd', 'e', 'f', 'g']));
      const network = {
        kind: 'file',
        path: 'seven.safetensors',
        lastLayer: 'replace',
        trainable: 'lastLayer',
      };
      expect(await byRecipe('head', { network })).toMatchObject({ exitCode: 0, stderr: '' });
      const { labels, weights } = await readCheckpoint(inFolder('runs/head/last.hdf5'));
      expect(labels).toEqual(FER2013_LABELS);
      const { tensors } = parseSafetensors(
        await readFile(inFolder('seven.safetensors')),
        'seven.safetensors',
      );
      const changed = [...weights].filter(([name, { data }]) =>
        data.some((value, index) => value !== tensors.get(name)?.data[index]),
      );
      expect(changed.map(([name]) => name.replace(/_\d+/, ''))).toEqual(['conv2d/kernel', 'conv2d/bias']);
      expect(await train('--resume', 'runs/head')).toMatchObject({ exitCode: 0 });
    });
  });

  it('resumes to the same bits after its process was killed at any moment', async () => {
    await writeFile(inFolder('kill.json'), JSON.stringify({ ...TINY_RECIPE, mixup: { alpha: 0.3 } }));
    const args = ['--recipe', 'kill.json', '--threads', '1', '--verbose', '0'];
    expect(await train(...args, '--out', 'through')).toMatchObject({ exitCode: 0 });
    const outcomeOf = async (run: string) => {
      const { weights, training } = await readCheckpoint(inFolder(`${run}/last.hdf5`));
      const history = training.progress.history.map((epoch) => ({ ...epoch, seconds: 0 }));
      return { weights, optimizer: training.optimizerTensors, trained: training.trainedWeights, history };
    };

    const last = inFolder('killed/last.hdf5');
    for (let kills = 0; kills < 3; kills++) {
      const before = existsSync(last) ? statSync(last).mtimeMs : 0;
      const start =
        before === 0 ? [...args, '--out', 'killed'] : ['--resume', 'killed/last.hdf5', '--threads', '1'];
      const child = spawn(process.execPath, [MIEN, 'train', '--data', 'data.csv', ...start], { cwd: folder });
      const closed = new Promise((resolve) => child.on('close', resolve));
      const isOver = (): boolean => child.exitCode !== null;
      // Once it has saved something, at a moment that differs from run to run.
      while (!isOver() && (existsSync(last) ? statSync(last).mtimeMs : 0) === before) await delay(5);
      await delay(Math.random() * 60);
      child.kill('SIGKILL');
      await closed;
    }
    const resumed = await train('--resume', 'killed/last.hdf5', '--threads', '1');
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf('killed')).toEqual(await outcomeOf('through'));
    expect(await readdir(inFolder('killed'))).not.toContainEqual(expect.stringContaining('.partial'));
  });

  it('leaves the last checkpoint whole when the next one finds no room, and says what to do', async () => {
    await writeFile(inFolder('full.json'), JSON.stringify({ ...TINY_RECIPE, epochs: 3 }));
    await train('--recipe', 'full.json', '--out', 'full', '--threads', '1', '--verbose', '0');
    const before = await readFile(inFolder('full/last.hdf5'));
    const [first = ''] = (await readdir(inFolder('full'))).filter((name) => name.includes('.01-'));
    // No file may grow beyond 16 blocks of 512 bytes: as on a full disk, without filling one.
    const command = 'ulimit -f 16; exec "$0" "$@"';
    const args = [MIEN, 'train', '--data', 'data.csv', '--threads', '1', '--resume', `full/${first}`];
    const limited = spawnSync('sh', ['-c', command, process.execPath, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(limited.status).toBe(1);
    expect(limited.stderr).toMatch(
      /^mien: full\/[\w.-]+\.hdf5: cannot be written \(file size limit exceeded\); choose another folder or raise the limit\n$/m,
    );
    expect(await readFile(inFolder('full/last.hdf5'))).toEqual(before);
    expect(await readdir(inFolder('full'))).not.toContainEqual(expect.stringContaining('.partial'));
  });

  it('rejects resuming from other files, and from folders without a checkpoint', async () => {
    const { exitCode, stderr } = await train('--resume', 'data.csv');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^mien: data\.csv: is not a checkpoint; give a checkpoint of mien train\n$/);
    await mkdir(inFolder('no-run'));
    expect(await train('--resume', 'no-run')).toMatchObject({
      exitCode: 1,
      stderr: 'mien: no-run: no last.hdf5 to resume from; give the folder of a run, or a checkpoint\n',
    });
  });
});
