/** Models of the person's own in the studio, alone and beside others. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { kerasFile, modelFile, onnxFile } from './models-to-open.js';
import { PORTRAIT, useStudio, waitForResult } from './studio.js';

describe.skipIf(CHROMIUM === undefined)('models in the studio (needs Chromium)', () => {
  const studio = useStudio();

  it('compares a Keras file with the bundled model, and counts where they disagree', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await page.setInputFiles('#model-file', await kerasFile());
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
    await page.setInputFiles('#model-file', onnxFile());
    const question = page.locator('.question');
    await question.getByLabel(/^Labels/).fill('one, two, three, four, five, six, seven');
    await question.getByRole('button', { name: 'Open' }).click();
    await page.setInputFiles('#files', PORTRAIT);
    // Until the file is loaded, the bundled model may read.
    await page.locator('.bar-name', { hasText: 'one' }).waitFor();
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
    await page.setInputFiles('#model-file', modelFile('damaged.hdf5', readFileSync(PORTRAIT)));
    await page.locator('.notice', { hasText: 'damaged.hdf5' }).waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });
});
