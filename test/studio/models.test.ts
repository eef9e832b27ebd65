/** Models of the person's own in the studio, alone and beside others. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { kerasFile, modelFile, onnxFile } from './models-to-open.js';
import { PORTRAIT, useStudio, waitForResult } from './studio.js';

describe.skipIf(CHROMIUM === undefined)('models in the studio (needs Chromium)', () => {
  const studio = useStudio();

  it('compares a Keras file with the bundled model, and says that they disagree', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await page.setInputFiles('#model-file', await kerasFile());
    await page.locator('.models .chosen', { hasText: 'mine.hdf5' }).waitFor();
    await page.waitForSelector('[data-testid=result]:not([data-expression=happy])');

    await page.locator('.models li', { hasText: 'mini-xception' }).getByLabel('Compare').check();
    await page.getByText('The models disagree on this face.').waitFor();
    expect(await page.locator('.view figcaption').allTextContents()).toEqual([
      'A mine.hdf5',
      'B mini-xception',
    ]);
    expect(await page.locator('.mark.differs').count()).toBe(1);
    await page.locator('.bars li', { hasText: 'happy' }).locator('.differs', { hasText: /^B/ }).waitFor();
  });

  it('shows the probability of every expression by each of three models, and no empty quarter', async () => {
    const page = await studio.open('?models=nano,base,mini-xception', {
      viewport: { width: 1280, height: 800 },
    });
    await page.setInputFiles('#files', PORTRAIT);
    await page.getByText('All three models agree on this face.').waitFor();
    for (const row of await page.locator('.bars li').all())
      expect(await row.locator('.bar-line').allInnerTexts()).toEqual(
        ['A', 'B', 'C'].map(
          (letter) => expect.stringMatching(new RegExp(`^${letter}\\s+[\\d.]+ %$`)) as string,
        ),
      );
    expect(await page.locator('.bars .highest .bar-line.highest').count()).toBe(3);
    const areaOf = async (selector: string): Promise<number> => {
      const boxes = await page.locator(selector).evaluateAll((all) => all.map((one) => one.getBoundingClientRect())); // prettier-ignore
      return boxes.reduce((sum, { width, height }) => sum + width * height, 0);
    };
    expect(await areaOf('.view')).toBeGreaterThan(0.98 * (await areaOf('.views')));
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

  it('compares at most four, and forgets a question about a file with everything else', async () => {
    const page = await studio.open('?models=mini-xception,nano');
    await page.setInputFiles('#files', PORTRAIT);
    await page.waitForFunction(() => document.querySelectorAll('.view .mark').length === 2);
    expect(await page.locator('.view figcaption').allTextContents()).toEqual(['A mini-xception', 'B nano']);
    await page.setInputFiles('#model-file', await kerasFile());
    // A file is read alone at first, and is in no address.
    await page.locator('.models .chosen', { hasText: 'mine.hdf5' }).waitFor();
    for (const name of ['nano', 'mini-xception'])
      await page.locator('.models li', { hasText: name }).getByLabel('Compare').check();
    await page.waitForFunction(() => location.search.includes('models=nano%2Cmini-xception'));
    const { buffer, mimeType } = await kerasFile();
    for (const name of ['fourth.hdf5', 'fifth.hdf5']) {
      await page.setInputFiles('#model-file', { name, mimeType, buffer });
      await page.locator('.models .chosen', { hasText: name }).waitFor();
    }
    const boxOf = (name: string) => page.locator('.models li', { hasText: name }).getByLabel('Compare');
    for (const name of ['nano', 'mini-xception', 'mine.hdf5']) await boxOf(name).check();
    expect(await boxOf('fourth.hdf5').isDisabled()).toBe(true);

    await page.setInputFiles('#model-file', onnxFile());
    await page.locator('.question').waitFor();
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.locator('.question').waitFor({ state: 'detached' });
  });

  it('names a file that is no model, and keeps reading with the one that it has', async () => {
    const page = await studio.open();
    await page.setInputFiles('#model-file', modelFile('damaged.hdf5', readFileSync(PORTRAIT)));
    await page.locator('.notice', { hasText: 'damaged.hdf5' }).waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });
});
