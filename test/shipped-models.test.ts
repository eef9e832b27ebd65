/** The networks in models/: what they read, and whether manifest, package and results say the same. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createPredictor, loadModel, parseManifest } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { syntheticFaces } from '../scripts/ship/golden.js';

const MODELS = new URL('../models/', import.meta.url);
const isThere = (path: string): boolean => existsSync(new URL(path, MODELS));
const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, MODELS), 'utf8'));

const classifiers = readdirSync(MODELS)
  .filter((id) => isThere(`${id}/manifest.json`))
  .filter((id) => (readJson(`${id}/manifest.json`) as { readonly kind: string }).kind === 'classifier');

async function load(id: string) {
  const json = readJson(`${id}/manifest.json`);
  const { weights } = parseManifest(json, id);
  const bytes = readFileSync(new URL(`${id}/${weights.file}`, MODELS));
  return { bytes, model: await loadModel({ manifest: json, weights: bytes, source: id }) };
}

it('are there', () => {
  expect(classifiers).toContain('nano');
});

describe.each(classifiers)('%s', (id) => {
  it('reads synthetic faces as it did when it was shipped', async () => {
    const golden = readJson(`${id}/golden/readings.json`) as {
      readonly labels: readonly string[];
      readonly probabilities: readonly (readonly number[])[];
    };
    const { model } = await load(id);
    const { inputs, count } = syntheticFaces(model.manifest.input);
    const read = (await createPredictor(model)).predict(inputs, count);
    expect(golden.labels).toEqual(model.labels);
    const expected = golden.probabilities.flat();
    expect(read).toHaveLength(expected.length);
    // Builds with and without fused multiply-add differ in the last bits of float32.
    expected.forEach((value, i) => expect(Math.abs(read[i]! - value), `value ${i}`).toBeLessThan(1e-4));
    // A picture that gives no reading would make these goldens worthless.
    expect(new Set(golden.probabilities.map((row) => row.join())).size).toBe(count);
  });

  it('says what it costs, and was measured with the weights that it ships', async () => {
    const { bytes, model } = await load(id);
    const { parameterCount, macs } = describeGraph(model.graph);
    expect(readJson(`${id}/manifest.json`)).toMatchObject({
      cost: { parameters: parameterCount, macs, weightsBytes: bytes.length },
    });
    const results = readdirSync(new URL(`${id}/results/`, MODELS));
    expect(results).toContain('fer2013-publictest.json');
    for (const name of ['fer2013-publictest.json', 'posed.json', 'held-out.json']) {
      if (!results.includes(name)) continue;
      const result = readJson(`${id}/results/${name}`);
      expect(result).toMatchObject({ model: id, weightsSha256: model.manifest.weights.sha256 });
    }
  });

  it('was measured with its threshold of unsure readings', async () => {
    const { manifest } = (await load(id)).model;
    expect(readJson(`${id}/results/fer2013-publictest.json`)).toMatchObject({
      byMargin: { minMargin: manifest.quality?.minMargin },
      ...(manifest.calibration === undefined
        ? {}
        : { calibration: { temperature: manifest.calibration.temperature, fittedOn: 'manifest' } }),
    });
  });

  it('is a package', () => {
    expect(readJson(`${id}/package.json`)).toMatchObject({ name: `@mien/model-${id}` });
    for (const file of ['index.js', 'index.d.ts', 'README.md', 'LICENSE', 'MODEL_CARD.md']) {
      expect(isThere(`${id}/${file}`), file).toBe(true);
    }
  });
});
