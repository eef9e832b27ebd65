/** Teaching a network in the studio, and the same in Node. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { normalizationOf } from '@mien/core';
import { createAnalyzer } from '@mien/node';
import { resolveModel } from '@mien/node/models';
import { createMemoryStore, replaceLastLayer, trainModel } from '@mien/train';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { TEACH_DEFAULTS } from '../../apps/studio/src/state/teach-settings.js';
import { toDataset } from '../../apps/studio/src/teach/training/to-dataset.js';
import { toRecipe } from '../../apps/studio/src/teach/training/to-recipe.js';
import { makeCollection } from '../../packages/node/src/testing/make-collection.js';
import { CHROMIUM } from '../browser/chromium.js';
import { makeCamera } from '../synthetic-video/camera-file.js';
import { findCutOrSmall, findViolations } from './inspect-screen.js';
import { PORTRAIT, save, useStudio, waitForResult } from './studio.js';

const SIDE = 48;
const EPOCHS = 2;
const PICTURES = 6;

interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** The same face, turned a little more from picture to picture. */
function makePortraits(name: string, brightness: number): Promise<Upload[]> {
  return Promise.all(
    Array.from({ length: PICTURES }, async (_, index) => ({
      name: `${name}-${index}.png`,
      mimeType: 'image/png',
      buffer: await sharp(PORTRAIT)
        .modulate({ brightness })
        .rotate(index * 2, { background: '#808080' })
        .png()
        .toBuffer(),
    })),
  );
}

const toCsv = (name: string, buffer: Buffer): Upload => ({ name, mimeType: 'text/csv', buffer });
const cardOf = (page: Page, label: string) => page.getByTestId(`label-${label}`);
const gather = (page: Page, label: string, files: readonly Upload[]) =>
  cardOf(page, label).locator('input[type=file]').setInputFiles(files);
const expectCount = (page: Page, label: string, count: number) =>
  cardOf(page, label)
    .getByText(count === 1 ? '1 picture' : `${count} pictures`, { exact: true })
    .waitFor();

async function saved(page: Page, button: string): Promise<Buffer> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  return readFileSync(await (await downloading).path());
}

/** Drops a file as a person would; a browser's test cannot drag one. */
async function drop(page: Page, selector: string, { name, buffer }: Upload): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], fileName));
      return data;
    },
    [name, buffer.toString('base64')] as const,
  );
  await page.dispatchEvent(selector, 'drop', { dataTransfer: transfer });
}

/** The pictures of the zip, in its order, as the page handed them to its worker. */
async function readZip(zip: Buffer) {
  const byLabel = new Map<string, Uint8Array[]>();
  for (const [path, png] of Object.entries(unzipSync(zip))) {
    const [, label = ''] = path.split('/');
    const grey = await sharp(png).toColourspace('b-w').raw().toBuffer();
    byLabel.set(label, [...(byLabel.get(label) ?? []), grey]);
  }
  const labels = [...byLabel].map(([name, pictures]) => ({ name, images: Buffer.concat(pictures) }));
  return { width: SIDE, height: SIDE, labels };
}

describe.skipIf(CHROMIUM === undefined)('teaching a network in the studio (needs Chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-teach-'));
  const studio = useStudio(async () => [
    '--use-fake-ui-for-media-stream',
    ...(await makeCamera(join(folder, 'camera.mjpeg'))),
  ]);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('trains on gathered pictures, reads beside the bundled network, and gives the figures of Node', async () => {
    const page = await studio.open(`?mode=teach&epochs=${EPOCHS}`);
    await gather(page, 'happy', await makePortraits('bright', 1));
    await expectCount(page, 'happy', PICTURES);
    await gather(page, 'sad', await makePortraits('dark', 0.4));
    await expectCount(page, 'sad', PICTURES);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByTestId('accuracy').waitFor();
    await page.getByText('Fewer than 50 pictures: happy, sad.').waitFor();
    await page.getByText(/^Without pictures, .*: angry, disgust, fear, surprise, neutral\.$/).waitFor();
    const figures = page.getByTestId('course');
    expect(await figures.getAttribute('data-epochs')).toBe(String(EPOCHS));
    const loss = Number(await figures.getAttribute('data-loss'));

    // Beside the bundled one.
    await page.getByRole('button', { name: 'Example', exact: true }).click();
    await page.locator('[data-testid=reading-nano][data-expression=happy]').waitFor();
    await page.locator('[data-testid=reading-taught-1][data-expression]').waitFor();
    expect(await page.locator('[data-testid=reading-taught-1] .bar-name').allTextContents()).toEqual([
      'happy',
      'sad',
    ]);
    expect(await findViolations(page)).toEqual([]);

    // The same run in Node.
    const settings = { ...TEACH_DEFAULTS, epochs: EPOCHS };
    const gathered = await readZip(await saved(page, 'Save pictures (zip)'));
    expect(gathered.labels.map(({ name, images }) => [name, images.length / SIDE ** 2])).toEqual([
      ['happy', PICTURES],
      ['sad', PICTURES],
    ]);
    const dataset = toDataset(gathered, settings.heldOut);
    const base = await resolveModel('nano');
    const { history } = await trainModel({
      ...{ dataset, recipe: toRecipe(settings, false, true), store: createMemoryStore() },
      ...replaceLastLayer(base, 2, settings.seed),
      ...{ labels: ['happy', 'sad'], inputRange: base.manifest.input.range },
      normalization: normalizationOf(base.manifest.input),
    });
    expect(loss).toBeCloseTo(history.at(-1)!.loss, 6);

    // The file in Node.
    const path = join(folder, 'taught.keras');
    writeFileSync(path, await saved(page, '.keras'));
    await page.getByRole('button', { name: 'Back to reading' }).click();
    const inPage = JSON.parse(await save(page, 'JSON lines')) as { faces: { probabilities: object }[] };
    const analyzer = await createAnalyzer({ model: path });
    const { faces } = await analyzer.analyze(PORTRAIT);
    for (const [label, probability] of Object.entries(faces[0]!.probabilities))
      expect(inPage.faces[0]!.probabilities).toHaveProperty(label, expect.closeTo(probability, 5));
    await analyzer.dispose();
  });

  it('takes FER2013 as it is dropped, with the settings of the paper, and names a file that is none', async () => {
    const page = await studio.open('?epochs=3');
    await drop(page, 'main', toCsv('other.csv', Buffer.from('a,b\n1,2\n')));
    await page.locator('.notice p', { hasText: 'other.csv: the first line must name the columns' }).waitFor();
    await drop(
      page,
      '.teach-page',
      toCsv('fer2013.csv.gz', gzipSync(makeCollection({ Training: 40, PublicTest: 7 }))),
    );
    await page.getByTestId('csv').getByText('Training: 40').waitFor();
    await page.getByText('Settings', { exact: true }).click();
    expect(await page.getByLabel('Epochs').inputValue()).toBe('50');
    expect(await page.getByLabel('Start from').inputValue()).toBe('scratch');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('[data-testid=course]:not([data-epochs="0"])').waitFor();
    await page.getByRole('button', { name: 'Stop, and keep the best' }).click();
    // A fifth of Training, as in the paper.
    expect(await page.getByTestId('accuracy').getAttribute('data-count')).toBe('8');
    await page.waitForFunction(() => location.search.includes('start=scratch'));
  });

  it('says what is missing, names files without a face, and takes them whole if asked', async () => {
    const page = await studio.open('?mode=teach');
    const train = page.getByRole('button', { name: 'Train', exact: true });
    await page.getByText('Gather pictures for at least two labels.').waitFor();
    expect(await train.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Own labels instead' }).click();
    await cardOf(page, 'A').getByLabel('Name of the label').fill('thumb up');
    await cardOf(page, 'A').getByLabel('Name of the label').blur();
    const blank = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#406080' } })
      .png()
      .toBuffer();
    const plain = (name: string): Upload => ({ name, mimeType: 'image/png', buffer: blank });
    await gather(page, 'thumb up', [
      plain('one.png'),
      plain('two.png'),
      { ...plain('text.png'), buffer: Buffer.from('no picture') },
    ]);
    await page.locator('.notice p', { hasText: 'text.png' }).waitFor();
    await cardOf(page, 'thumb up').getByText('No face was found in 2 files:').waitFor();
    await expectCount(page, 'thumb up', 0);
    await cardOf(page, 'thumb up').getByRole('button', { name: 'Use all 2 whole' }).click();
    await expectCount(page, 'thumb up', 2);
    await drop(page, '[data-testid=label-B]', plain('three.png'));
    await cardOf(page, 'B').getByRole('button', { name: 'Use the whole picture' }).click();
    await page.getByText('B has only 1 picture. Each label needs 2 or more').waitFor();
    expect(await train.isDisabled()).toBe(true);

    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await expectCount(page, 'happy', 0);
    expect(await cardOf(page, 'thumb up').count()).toBe(0);
  });

  it('records the camera for as long as a button is held, and takes faces of what is open', async () => {
    const page = await studio.open('?mode=teach');
    const hold = page.getByRole('button', { name: 'Hold to record: neutral' });
    await hold.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Start the camera' }).click();
    await page.locator('.preview .mark').first().waitFor();
    await hold.focus();
    await page.keyboard.down(' ');
    await cardOf(page, 'neutral').locator('.thumbs button').nth(2).waitFor();
    await page.keyboard.up(' ');
    const count = await cardOf(page, 'neutral').locator('.thumbs button').count();
    await cardOf(page, 'neutral').locator('.thumbs button').first().click();
    await expectCount(page, 'neutral', count - 1);

    // The button of another label has the focus while this one is pressed.
    const other = page.getByRole('button', { name: 'Hold to record: sad' });
    await other.hover();
    await page.mouse.down();
    await cardOf(page, 'sad').locator('.thumbs button').nth(2).waitFor();
    await page.mouse.up();

    await page.setInputFiles('#files', PORTRAIT);
    // The camera shows the same face.
    await page.locator('.preview').waitFor({ state: 'detached' });
    await page.locator('[data-testid=reading-nano][data-expression=happy]').waitFor();
    await cardOf(page, 'happy').getByRole('button', { name: 'Session…' }).click();
    await cardOf(page, 'happy').locator('.session-faces button').click();
    await expectCount(page, 'happy', 1);
    await page.getByRole('button', { name: 'Back to reading' }).click();
    await waitForResult(page, 'happy');
  });

  it.each([
    ['light', 'en'],
    ['dark', 'zh'],
  ])(
    'looks right, %s and %s: no serious accessibility violation, no text cut at 320 pixels',
    async (theme, lang) => {
      const page = await studio.open(`?mode=teach&theme=${theme}&lang=${lang}`);
      await page.locator('.label-card').nth(6).waitFor();
      await page.locator('.teach-settings summary').click();
      expect(await findViolations(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await findCutOrSmall(page)).toEqual([]);
    },
  );
});
