import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPredictor, type Classifier } from '@mien/core';
import { describeGraph, miniXception, nanoNetwork, type Graph } from '@mien/core/nn';
import { toModelSafetensors } from '@mien/formats';
import { resolveModel } from '@mien/node/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS, makeWeights } from '../../../node/src/testing/make-checkpoint.js';
import { runMien, type Finished } from '../testing/run-mien.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-ensemble-'));
  await write('mini.safetensors', miniXception(), {});
  await write('nano.safetensors', nanoNetwork(), { labels: [...LABELS].reverse() });
  await write('bright.safetensors', nanoNetwork(), { inputRange: [0, 1] });
  await write('six.safetensors', nanoNetwork({ classes: 6 }), { labels: LABELS.slice(1) });
  await write('large.safetensors', nanoNetwork({ inputShape: [64, 64, 1] }), {});
  await write('framed.safetensors', nanoNetwork(), { crop: { scale: 1.2, offsetX: 0, offsetY: 0 } });
  const exposure = { brightness: [0.2, 0.8], contrast: [0.1, 0.3] } as const;
  const detail = { maxNoise: 0.15, minSlope: 0.3 } as const;
  await write('exposed.safetensors', nanoNetwork(), { normalization: { detail, exposure } });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ensemble = (...args: string[]): Promise<Finished> => runMien(['ensemble', ...args], { cwd: folder });

async function write(
  name: string,
  graph: Graph,
  stated: Partial<Parameters<typeof toModelSafetensors>[0]>,
): Promise<void> {
  const weights = makeWeights(graph, name.length);
  const model = { graph, weights, labels: LABELS, inputRange: [-1, 1], ...stated } as const;
  await writeFile(join(folder, name), toModelSafetensors(model));
}

/** Probabilities of a striped picture by label. */
async function readingOf(model: Classifier): Promise<Record<string, number>> {
  const picture = Float32Array.from({ length: 48 * 48 }, (_, index) => Math.sin(index / 9 + (index % 48)));
  const probabilities = (await createPredictor(model)).predict(picture, 1);
  return Object.fromEntries(model.labels.map((label, index) => [label, probabilities[index]!]));
}

const inFolder = (name: string) => resolveModel(join(folder, name));

describe('mien ensemble', () => {
  it('writes one model whose logits are the mean of others, whatever their order of labels', async () => {
    const { exitCode, stdout, stderr } = await ensemble(
      'mini.safetensors',
      'nano.safetensors',
      '--shares',
      '3,1',
      '--out',
      'both.onnx',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^both\.onnx {2}ONNX, float32, \d+ KB\n/);
    expect(stdout).toContain('\n  75 %    mini.safetensors\n  25 %    nano.safetensors\n');

    const both = await inFolder('both.onnx');
    const [mini, nano] = [
      await readingOf(await inFolder('mini.safetensors')),
      await readingOf(await inFolder('nano.safetensors')),
    ];
    const powers = LABELS.map((label) => mini[label]! ** 0.75 * nano[label]! ** 0.25);
    const sum = powers.reduce((a, b) => a + b, 0);
    const read = await readingOf(both);
    expect(both.labels).toEqual(LABELS);
    LABELS.forEach((label, index) => {
      expect(read[label]).toBeCloseTo(powers[index]! / sum, 5);
    });
  });

  it('divides by the temperatures of manifests, and says what it made', async () => {
    const { exitCode, stdout } = await ensemble(
      'nano',
      'mini-xception',
      '--out',
      'installed.safetensors',
      '--float16',
      '--format',
      'json',
    );
    expect(exitCode).toBe(0);
    const models = [await resolveModel('nano'), await resolveModel('mini-xception')] as const;
    const report = JSON.parse(stdout) as { members: unknown; sizeBytes: number };
    expect(report).toMatchObject({
      members: [
        { model: 'nano', share: 0.5, temperature: models[0].manifest.calibration?.temperature },
        { model: 'mini-xception', share: 0.5, temperature: models[1].manifest.calibration?.temperature },
      ],
      dtype: 'float16',
      parameters: models
        .map(({ graph }) => describeGraph(graph).parameterCount)
        .reduce((a, b) => a + b, 7 * 7), // mini-xception's logits are features of the last layer
      labels: models[0].labels,
      notices: [],
    });
    expect(report.sizeBytes).toBe((await stat(join(folder, 'installed.safetensors'))).size);
  });

  it('leaves out the detail and the exposure in which its models differ, and says so', async () => {
    const { exitCode, stdout } = await ensemble(
      ...['exposed.safetensors', 'nano.safetensors'],
      ...['--out', 'mixed.safetensors', '--format', 'json'],
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      notices: [
        'the models differ in input.detail, which is left out',
        'the models differ in input.exposure, which is left out',
      ],
    });
    const { input } = (await inFolder('mixed.safetensors')).manifest;
    expect([input.detail, input.exposure]).toEqual([undefined, undefined]);
  });

  it('keeps the detail and the exposure that all its models share', async () => {
    const { exitCode } = await ensemble('exposed.safetensors', 'exposed.safetensors', '--out', 'twice.hdf5');
    expect(exitCode).toBe(0);
    const [once, twice] = [await inFolder('exposed.safetensors'), await inFolder('twice.hdf5')];
    expect(twice.manifest.input.detail).toEqual({ maxNoise: 0.15, minSlope: 0.3 });
    expect(twice.manifest.input.exposure).toEqual(once.manifest.input.exposure);
    const [expected, read] = [await readingOf(once), await readingOf(twice)];
    for (const label of LABELS) expect(read[label]).toBeCloseTo(expected[label]!, 5);
  });

  it.each<[string, string[], RegExp]>([
    ['one model', ['mini.safetensors'], /takes two models or more, got mini\.safetensors; name another/],
    [
      'too few shares',
      ['mini.safetensors', 'nano.safetensors', '--shares', '1'],
      /a number for each of the 2 models, got 1/,
    ],
    ['a share of 0', ['mini.safetensors', 'nano.safetensors', '--shares', '0,1'], /numbers above 0/],
    [
      'another range',
      ['mini.safetensors', 'bright.safetensors'],
      /bright\.safetensors and mini\.safetensors have different input ranges \(\[0,1\] and \[-1,1\]\)/,
    ],
    [
      'another size',
      ['mini.safetensors', 'large.safetensors'],
      /have different input sizes \(\[64,64,1\] and \[48,48,1\]\)/,
    ],
    ['other labels', ['mini.safetensors', 'six.safetensors'], /have different labels/],
    ['another crop', ['mini.safetensors', 'framed.safetensors'], /have different crops/],
    ['a model that is not there', ['mini.safetensors', 'none'], /neither installed .* nor a file or folder/],
  ])('refuses %s and writes nothing', async (_, args, message) => {
    const { exitCode, stderr } = await ensemble(...args, '--out', 'refused.onnx');
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    await expect(stat(join(folder, 'refused.onnx'))).rejects.toThrow('ENOENT');
  });

  it('writes over nothing that it reads, and over other files only when told to', async () => {
    const before = await readFile(join(folder, 'mini.safetensors'));
    const args = ['mini.safetensors', 'nano.safetensors', '--out'];
    const own = await ensemble(...args, 'mini.safetensors', '--force');
    expect(own.stderr).toMatch(/is a model that is read; give OUT another name/);
    await writeFile(join(folder, 'there.onnx'), 'a file');
    const there = await ensemble(...args, 'there.onnx');
    expect(there.stderr).toMatch(/exists already; choose another name, or overwrite it with --force/);
    expect((await ensemble(...args, 'there.onnx', '--force')).exitCode).toBe(0);
    expect(await readFile(join(folder, 'mini.safetensors'))).toEqual(before);
  });
});
