import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@mien/core';
import { miniXception, type Graph } from '@mien/core/nn';
import { toKerasArchive, toKerasHdf5 } from '@mien/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS, makeCheckpoint } from '../testing/make-checkpoint.js';
import { findInstalledModel, listInstalledModels } from './installed-models.js';
import { resolveModel } from './resolve-model.js';

describe('installed models', () => {
  it('are found by their id', async () => {
    expect(findInstalledModel('haar-frontalface')).toMatch(/haar-frontalface$/);
    expect(await listInstalledModels()).toContain('haar-frontalface');
  });

  it.each(['', 'nonesuch', '../../haar-frontalface', 'haar-frontalface/..', '/etc', 'a b', 'C:\\x'])(
    '%j is none',
    (id) => {
      expect(findInstalledModel(id)).toBeUndefined();
    },
  );
});

describe('resolveModel', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-model-'));
    const weights = makeCheckpoint();
    await writeFile(join(folder, 'weights.safetensors'), weights);
    await writeFile(
      join(folder, 'manifest.json'),
      JSON.stringify({
        id: 'mine',
        name: 'Mine',
        kind: 'classifier',
        labels: LABELS,
        input: { width: 48, height: 48, channels: 1, range: [-1, 1], layout: 'NHWC' },
        weights: { file: 'weights.safetensors', sha256: createHash('sha256').update(weights).digest('hex') },
        licence: 'MIT',
      }),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['a folder', '', 'mine'],
    ['its manifest', 'manifest.json', 'mine'],
    ['a checkpoint alone', 'weights.safetensors', 'weights'],
  ])('takes %s', async (_, path, id) => {
    const model = await resolveModel(join(folder, path));
    expect(model.manifest.id).toBe(id);
    expect(model.labels).toEqual(LABELS);
  });

  it('lists only models that read expressions for a name that is none', async () => {
    await expect(resolveModel('bas')).rejects.toThrow(/installed: base, .*nano\)/);
    await expect(resolveModel('bas')).rejects.not.toThrow(/blazeface|haar/);
  });

  it('refuses a folder whose weights are not those of its manifest', async () => {
    const other = makeCheckpoint();
    other[other.length - 1]! ^= 1;
    await writeFile(join(folder, 'weights.safetensors'), other);
    await expect(resolveModel(folder)).rejects.toThrow(
      /weights\.safetensors: the weights' sha256 is .* install it again$/,
    );
  });
});

describe('a Keras file', () => {
  const weights = parseSafetensors(makeCheckpoint(), 'made').tensors;
  const paper = miniXception();
  /** The same weights with another function in one place: not the paper's network any more. */
  const other: Graph = {
    ...paper,
    layers: paper.layers.map((layer) =>
      layer.name === 'activation_1' && layer.kind === 'activation' ? { ...layer, activation: 'elu' } : layer,
    ),
  };
  let folder: string;
  const inFolder = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-keras-'));
    const own = { graph: other, weights, labels: [...LABELS].reverse(), inputRange: [0, 255] } as const;
    await writeFile(inFolder('own.hdf5'), await toKerasHdf5(own));
    await writeFile(inFolder('own.keras'), await toKerasArchive(own));
    await writeFile(inFolder('paper.hdf5'), await toKerasHdf5({ graph: paper, weights }));
    await writeFile(inFolder('bare.h5'), await toKerasHdf5({ graph: other, weights }));
    await writeFile(inFolder('bare.keras'), await toKerasArchive({ graph: other, weights }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['own.hdf5', 'own.keras'])('says itself how it is read (%s)', async (name) => {
    const model = await resolveModel(inFolder(name));
    expect(model.labels).toEqual([...LABELS].reverse());
    expect(model.manifest).toMatchObject({ id: 'own', input: { width: 48, range: [0, 255] } });
    expect(model.weights).toEqual(new Map(weights));
  });

  it("of the paper's network needs to say nothing", async () => {
    const model = await resolveModel(inFolder('paper.hdf5'));
    expect(model.labels).toEqual(LABELS);
    expect(model.manifest).toMatchObject({ id: 'paper', input: { range: [-1, 1] } });
  });

  it.each(['bare.h5', 'bare.keras'])('that says nothing is refused (%s)', async (name) => {
    await expect(resolveModel(inFolder(name))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: `${inFolder(name)}: does not say what its 7 outputs mean (--labels a,b,…) and what grey 0 and 255 become at its input (--input-range=-1,1); say it so, or in ${name}.json beside it`,
    });
    await expect(resolveModel(inFolder(name), { labels: LABELS })).rejects.toThrow(
      /does not say what grey 0 and 255 become/,
    );
  });

  it('takes what the person says before all else', async () => {
    const contract = { labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], inputRange: [0, 1] } as const;
    for (const name of ['own.hdf5', 'own.keras', 'paper.hdf5', 'bare.h5']) {
      const model = await resolveModel(inFolder(name), contract);
      expect(model.labels).toEqual(contract.labels);
      expect(model.manifest.labels).toEqual(contract.labels);
      expect(model.manifest.input.range).toEqual([0, 1]);
    }
    const installed = await resolveModel(inFolder('own.hdf5'), { inputRange: [0, 1] });
    expect(installed.labels).toEqual([...LABELS].reverse());
    await expect(resolveModel(inFolder('own.hdf5'), { labels: ['a'] })).rejects.toThrow(
      /1 labels were given/,
    );
  });

  it('takes what a JSON file beside it says', async () => {
    const beside = inFolder('bare.h5.json');
    await writeFile(beside, JSON.stringify({ labels: LABELS, input: { range: [0, 1] } }));
    const model = await resolveModel(inFolder('bare.h5'));
    expect(model.labels).toEqual(LABELS);
    expect(model.manifest.input.range).toEqual([0, 1]);
    for (const [content, message] of [
      ['{', /bare\.h5\.json: is not JSON/],
      ['[]', /must hold labels and input\.range/],
      ['{"labels": "angry"}', /labels must be a list of names/],
      ['{"labels": ["a"], "input": {"range": [1]}}', /input\.range must be two numbers/],
      [JSON.stringify({ weights: { sha256: '0'.repeat(64) } }), /sha256 is .* the manifest.s is 0000/],
    ] as const) {
      await writeFile(beside, content);
      await expect(resolveModel(inFolder('bare.h5'))).rejects.toThrow(message);
    }
    await rm(beside);
  });

  it('takes its manifest, whose checksum is of the Keras file', async () => {
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const manifest = {
      id: 'mine',
      name: 'Mine',
      kind: 'classifier',
      labels: LABELS,
      input: { width: 48, height: 48, channels: 1, range: [0, 1], layout: 'NHWC' },
      weights: { file: 'bare.h5', sha256: sha256(await readFile(inFolder('bare.h5'))) },
      licence: 'MIT',
    };
    const path = inFolder('manifest.json');
    await writeFile(path, JSON.stringify(manifest));
    for (const name of ['', 'manifest.json', 'bare.h5']) {
      const model = await resolveModel(inFolder(name));
      expect(model.manifest.input.range).toEqual([0, 1]);
      expect(model.labels).toEqual(LABELS);
    }
    await writeFile(
      path,
      JSON.stringify({ ...manifest, weights: { file: 'bare.h5', sha256: sha256(new Uint8Array(1)) } }),
    );
    await expect(resolveModel(folder)).rejects.toThrow(/bare\.h5: the weights' sha256 is/);
    await writeFile(path, '{"what": "something of another tool"');
    await expect(resolveModel(inFolder('bare.h5'))).rejects.toThrow(/does not say/);
    await rm(path);
  });

  it('that is damaged is named', async () => {
    const bytes = await readFile(inFolder('own.hdf5'));
    await writeFile(inFolder('cut.hdf5'), bytes.subarray(0, 5000));
    await expect(resolveModel(inFolder('cut.hdf5'))).rejects.toThrow(/cut\.hdf5: not a readable HDF5 file/);
    // The bytes tell what a file is, whatever its name.
    await writeFile(inFolder('named.keras'), bytes);
    expect((await resolveModel(inFolder('named.keras'))).labels).toEqual([...LABELS].reverse());
    await writeFile(inFolder('zip.keras'), (await readFile(inFolder('own.keras'))).subarray(0, 5000));
    await expect(resolveModel(inFolder('zip.keras'))).rejects.toThrow(
      /zip\.keras: not a readable zip archive/,
    );
  });
});
