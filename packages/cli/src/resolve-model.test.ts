import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInstalledModel, listInstalledModels } from './installed-models.js';
import { resolveModel } from './resolve-model.js';
import { LABELS, makeCheckpoint } from './testing/make-checkpoint.js';

describe('installed models', () => {
  it('are found by their id', async () => {
    expect(findInstalledModel('haar-frontalface')).toMatch(/haar-frontalface$/);
    expect(await listInstalledModels()).toContain('haar-frontalface');
  });

  it.each(['', 'nonesuch', '../haar-frontalface', 'haar-frontalface/..', '/etc', 'a b', 'C:\\x'])(
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

  it('refuses a folder whose weights are not those of its manifest', async () => {
    const other = makeCheckpoint();
    other[other.length - 1]! ^= 1;
    await writeFile(join(folder, 'weights.safetensors'), other);
    await expect(resolveModel(folder)).rejects.toThrow(
      /weights\.safetensors: the weights' sha256 is .* install it again$/,
    );
  });
});
