import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DEFAULT_MODEL } from '@mien/node/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { runMien, type Finished } from '../testing/run-mien.js';

const TRAINING_TIMEOUT_MS = 120_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-models-'));
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 14, PublicTest: 7 }));
  await runMien(['train', '--data', 'data.csv', '--epochs', '1', '--batch-size', '7', '--out', 'run'], {
    cwd: folder,
  });
  await writeFile(join(folder, 'run', 'other.safetensors'), makeCheckpoint());
  await copyFile(
    join(folder, 'run', 'other.safetensors'),
    join(folder, 'run', '_mini_XCEPTION.12-0.61.hdf5'),
  );
  await mkdir(join(folder, 'empty'));
}, TRAINING_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

const models = (...args: string[]): Promise<Finished> => runMien(['models', ...args], { cwd: folder });

describe('mien models', () => {
  it('lists installed models with the figures to choose by', async () => {
    const { exitCode, stdout, stderr } = await models();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^id +kind +size +input +PublicTest +posed +worse +licence +labels\n/);
    expect(stdout).toMatch(/^haar-frontalface +detector +\d+\.\d KB +– +– +– +– +BSD-3-Clause +–$/m);
    expect(stdout).toMatch(
      /^nano +classifier +\d+ KB +48×48 grey +6\d\.\d % +\d\d\.\d % +\d\d\.\d % +MIT +angry disgust/m,
    );
    expect(stdout).toMatch(
      /^\S+ is the default: the most accurate network, .* \(6\d\.\d % on PublicTest, .* million MACs a face\)$/m,
    );
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await models('--format', 'json');
    const list = JSON.parse(stdout) as { id: string; sizeBytes: number }[];
    const ours = list.find(({ id }) => id === DEFAULT_MODEL);
    expect(ours).toMatchObject({
      kind: 'classifier',
      isDefault: true,
      licence: 'MIT',
      input: { width: 48, height: 48, range: [-1, 1] },
    });
    expect(ours?.sizeBytes).toBeGreaterThan(100_000);
  });

  it('lists the models that a project has installed', async () => {
    const place = join(folder, 'node_modules', '@mien', 'model-mine');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'manifest.json'), '{');
    const { exitCode, stdout, stderr } = await models();
    // A damaged model is reported and does not hide the others.
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/model-mine.manifest\.json: is not JSON/);
    expect(stdout).toMatch(/^nano/m);
    await rm(join(folder, 'node_modules'), { recursive: true });
  });

  it('lists the checkpoints of a run by epoch, with logged figures, and marks the best of the run', async () => {
    const { exitCode, stdout, stderr } = await models('run', '--format', 'json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const list = JSON.parse(stdout) as {
      path: string;
      epoch: number | null;
      valAccuracy: number | null;
      isBest: boolean;
    }[];
    const last = list.find(({ path }) => path.endsWith('last.hdf5'));
    expect(last?.epoch).toBe(1);
    expect(last?.valAccuracy).toBeGreaterThanOrEqual(0);
    expect(list.slice(-2)).toMatchObject([
      { path: join('run', '_mini_XCEPTION.12-0.61.hdf5'), epoch: 12, valAccuracy: 0.61 },
      { path: join('run', 'other.safetensors'), epoch: null, valAccuracy: null },
    ]);
    // Not the checkpoint of another run, although its name has a higher accuracy.
    expect(list.filter(({ isBest }) => isBest).map(({ path }) => basename(path))).toEqual([
      expect.stringMatching(/^_mini_XCEPTION\.01-/),
    ]);
    const { stdout: table } = await models('run');
    expect(table).toMatch(/^ +1 +\d+\.\d\d % +▸ \d\.\d{4} .*_mini_XCEPTION\.01-0\.\d\d\.hdf5$/m);
    expect(table).toMatch(/^ +12 +61 % +– .*12-0\.61\.hdf5$/m);
    expect(table).toMatch(/\n▸ best by val_loss, as logged in run.last\.hdf5\n$/);
  });

  it('ranks by the log if the last checkpoint is missing, since equal names can hide different figures', async () => {
    const run = join(folder, 'logged');
    await mkdir(run);
    for (const name of ['_a.01-0.61.hdf5', '_a.02-0.61.hdf5', '_a.03-0.62.hdf5']) {
      await writeFile(join(run, name), makeCheckpoint());
    }
    const log = ['epoch,loss,accuracy,val_loss,val_accuracy', '1,2,0.5,1.3,0.6101', '2,2,0.5,1.1,0.6052'];
    await writeFile(join(run, 'log.csv'), [...log, '3,2,0.5,1.2,0.6150', '4,2,0.'].join('\n'));
    const { stdout } = await models('logged');
    expect(stdout).toMatch(/^ +2 +60\.52 % +▸ 1\.1000 .*02-0\.61\.hdf5$/m);
    expect(stdout).toMatch(/\n▸ best by val_loss, as logged in logged.log\.csv\n$/);
    await rm(join(run, 'log.csv'));
    expect((await models('logged')).stdout).toMatch(
      /^ +3 +▸ 62 % +– .*03-0\.62\.hdf5\n▸ best by val_accuracy, as rounded in the file names\n$/m,
    );
  });

  it('says where checkpoints are when given the folder above the runs', async () => {
    await mkdir(join(folder, 'all', 'b.keras', 'deeper'), { recursive: true });
    await mkdir(join(folder, 'all', 'a'));
    await writeFile(join(folder, 'all', 'a', 'last.safetensors'), makeCheckpoint());
    const { exitCode, stdout } = await runMien(['models', 'all'], { cwd: folder });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'no model file in all; there are some in all/a\n',
    });
  });

  it('says that a folder has no models', async () => {
    expect(await models('empty')).toEqual({ exitCode: 0, stdout: 'no model file in empty\n', stderr: '' });
  });

  it.each<[string, number, RegExp]>([
    ['nowhere', 1, /nowhere: no such file/],
    ['data.csv', 2, /data\.csv: is a file; name a folder/],
  ])('fails in one line on %s', async (name, expected, message) => {
    const { exitCode, stdout, stderr } = await models(name);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });
});
