/** Models of the person's own in the studio, alone and beside others. */
import { readFileSync } from 'node:fs';
import { FER2013_LABELS, parseSafetensors } from '@mien/core';
import { miniXception, type Graph } from '@mien/core/nn';
import { toKerasHdf5, toOnnx } from '@mien/formats';
import { describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { CHROMIUM } from '../browser/chromium.js';
import { PORTRAIT, useStudio, waitForResult } from './studio.js';

const graph = miniXception();
/** A network that has learnt nothing. */
const untrained = parseSafetensors(makeCheckpoint(), 'made').tensors;
/** Not quite the network of the paper, whose labels are known. */
const altered: Graph = {
  ...graph,
  layers: [
    ...graph.layers,
    { kind: 'activation', name: 'result', inputs: graph.outputs, activation: 'relu' },
  ],
  outputs: ['result'],
};
const toFile = (name: string, bytes: Uint8Array) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});

describe.skipIf(CHROMIUM === undefined)('models in the studio (needs Chromium)', () => {
  const studio = useStudio();

  it('compares a Keras file with the bundled model, and counts where they disagree', async () => {
    const file = await toKerasHdf5({
      graph,
      weights: untrained,
      labels: FER2013_LABELS,
      inputRange: [-1, 1],
    });
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await page.setInputFiles('#model-file', toFile('mine.hdf5', file));
    await page.locator('.models .chosen', { hasText: 'mine.hdf5' }).waitFor();
    await page.waitForSelector('[data-testid=result]:not([data-expression=happy])');

    await page.locator('.models li', { hasText: 'mini_XCEPTION' }).getByLabel('Compare').check();
    await page.getByText('The models disagree on 1 of 1 readings.').waitFor();
    expect(await page.locator('.view figcaption').allTextContents()).toEqual([
      'A mine.hdf5',
      'B mini_XCEPTION',
    ]);
    expect(await page.locator('.mark.differs').count()).toBe(1);
    await page.locator('.others .differs', { hasText: 'happy' }).waitFor();
  });

  it('asks for the labels that an ONNX file does not have, and shows its readings by them', async () => {
    const page = await studio.open();
    await page.setInputFiles(
      '#model-file',
      toFile('mine.onnx', toOnnx({ graph: altered, weights: untrained })),
    );
    const question = page.locator('.question');
    await question.getByLabel(/^Labels/).fill('one, two, three, four, five, six, seven');
    await question.getByRole('button', { name: 'Open' }).click();
    await page.setInputFiles('#files', PORTRAIT);
    await page.waitForSelector('[data-testid=result]');
    expect(await page.locator('.bar-name').allTextContents()).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
    ]);
  });

  it('names a file that is no model, and keeps reading with the one that it has', async () => {
    const page = await studio.open();
    await page.setInputFiles('#model-file', toFile('damaged.hdf5', readFileSync(PORTRAIT)));
    await page.locator('.notice', { hasText: 'damaged.hdf5' }).waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });
});
