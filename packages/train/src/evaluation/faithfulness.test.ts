import { readFileSync } from 'node:fs';
import {
  createExplainer,
  createExternalModel,
  FER2013_CROP,
  loadModel,
  type Explainer,
  type ExternalModel,
} from '@mien/core';
import { describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { rowsOfSplit, type Dataset } from '../data/dataset.js';
import { readFer2013 } from '../node/read-fer2013.js';
import { createRandom } from '../random.js';
import { measureFaithfulness, sampleRows } from './faithfulness.js';

const SIDE = 24;
const COUNT = 20;

/** Noise; whether the square in the middle is bright or dark is the label. */
function squares(): Dataset {
  const random = createRandom(3);
  const labels = Uint8Array.from({ length: COUNT }, (_, row) => row % 2);
  const images = Uint8Array.from({ length: COUNT * SIDE * SIDE }, (_, at) => {
    const [y, x] = [Math.floor(at / SIDE) % SIDE, at % SIDE];
    const isSquare = Math.abs(y - 11.5) < 3 && Math.abs(x - 11.5) < 3;
    return isSquare ? 255 * labels[Math.floor(at / SIDE ** 2)]! : random.uniformInt(256);
  });
  return {
    count: COUNT,
    width: SIDE,
    height: SIDE,
    images,
    labels,
    labelNames: ['dark', 'bright'],
    splits: new Uint8Array(COUNT),
    splitNames: ['test'],
  };
}

/** Reads the square alone. */
function readSquares(): Promise<ExternalModel> {
  return createExternalModel({
    manifest: undefined,
    bytes: new Uint8Array(1),
    source: 'squares',
    engine: 'a rule',
    network: { name: 'squares', inputShape: [SIDE, SIDE, 1] },
    labels: ['dark', 'bright'],
    inputRange: [0, 1],
    crop: FER2013_CROP,
    createPredictor: () =>
      Promise.resolve({
        predict: (inputs, count) => {
          const outputs = new Float32Array(2 * count);
          for (let picture = 0; picture < count; picture++) {
            let sum = 0;
            for (let y = 9; y < 15; y++) {
              for (let x = 9; x < 15; x++) sum += inputs[picture * SIDE ** 2 + y * SIDE + x]!;
            }
            outputs.set([1 - sum / 36, sum / 36], 2 * picture);
          }
          return outputs;
        },
      }),
  });
}

/** Says the opposite of another explainer. */
function contradict(explainer: Explainer): Explainer {
  return {
    ...explainer,
    explain: async (crop, expression) => {
      const explanation = await explainer.explain(crop, expression);
      return { ...explanation, heat: explanation.heat.map((value) => 1 - value) };
    },
  };
}

describe('measureFaithfulness', () => {
  it('tells explanations that point at what is read from those that do not', async () => {
    const model = await readSquares();
    const dataset = squares();
    const rows = rowsOfSplit(dataset, 'test');
    const measured = await measureFaithfulness({ model, dataset, rows });
    expect(measured).toMatchObject({ method: 'occlusion', count: COUNT, share: 1 });
    expect(measured.hidden).toBeCloseTo(0.2, 1);
    // The square is a sixteenth of the picture, so all of it is hidden: what is left is the mean grey.
    expect(measured.hottest.mean).toBeGreaterThan(0.4);
    expect(measured.random.mean).toBeLessThan(0.2);
    expect(measured.more.interval.low).toBeGreaterThan(0.2);

    const explainer = contradict(await createExplainer(model));
    const wrong = await measureFaithfulness({ model, dataset, rows, explainer });
    expect(wrong.hottest.mean).toBe(0);
    expect(wrong.more.interval.high).toBeLessThan(0);
  });

  it('chooses a sample by pixels alone', () => {
    const dataset = squares();
    const rows = rowsOfSplit(dataset, 'test');
    const sample = sampleRows(dataset, rows, 5);
    expect(sample).toHaveLength(5);
    expect(sampleRows(dataset, rows.toReversed(), 5)).toEqual(sample);
    expect(sampleRows(dataset, rows, 100)).toEqual(rows);
  });

  const collection = findData('fer2013.csv.gz');
  it.skipIf(collection === undefined)(
    'finds the explanations of the bundled network faithful on 40 faces (skipped without the shared data)',
    async () => {
      const folder = new URL('../../../../models/mini-xception/', import.meta.url);
      const manifest: unknown = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
      const weights = readFileSync(new URL('weights.safetensors', folder));
      const model = await loadModel({ manifest, weights, source: 'mini-xception' });
      const dataset = await readFer2013(collection ?? '');
      const rows = sampleRows(dataset, rowsOfSplit(dataset, 'PublicTest'), 40);
      const { more, moreThanOtherFace, share, method } = await measureFaithfulness({ model, dataset, rows });
      expect(method).toBe('hires-cam');
      expect(more.interval.low).toBeGreaterThan(0.1);
      expect(moreThanOtherFace.mean).toBeGreaterThan(0);
      expect(share).toBeGreaterThan(0.7);
    },
  );
});
