/** Every screen of the studio, one after the other, in any language. */
import type { Page } from 'playwright-core';
import { kerasFile, onnxFile } from './models-to-open.js';
import { PORTRAIT, portraitFile } from './studio.js';

export interface Visit {
  /** A short video; without one its screen is left out. */
  readonly video: string | undefined;
  /** Called on each screen. */
  readonly look: (screen: string) => Promise<void>;
}

/** @param page of the studio, with nothing opened yet */
export async function visitScreens(page: Page, { video, look }: Visit): Promise<void> {
  await page.waitForSelector('.doors');
  await look('empty');
  for (const [sheet, open] of [
    ['keys', () => page.locator('body').press('?')],
    ['about', () => page.locator('.bar nav .quiet').click()],
    ['consent', () => page.locator('.door').first().click()],
  ] as const) {
    await open();
    await page.waitForSelector('dialog[open]');
    await look(sheet);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
  }

  await page.setInputFiles('#files', PORTRAIT);
  await page.waitForSelector('[data-testid=result]');
  await page.waitForSelector('.mark text');
  await page.locator('.menu summary').click();
  await look('picture');
  await page.locator('.menu summary').click();
  await page.locator('.why-switch input').check();
  await page.waitForSelector('[data-testid=heat]');
  await look('what the result depends on');

  await page.setInputFiles('#files', [portraitFile('one.png'), portraitFile('two.png')]);
  await page.waitForFunction(() => document.querySelectorAll('.gallery small').length === 2);
  await page.setInputFiles('#files', {
    name: 'a file with a rather long name that is no picture.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('text'),
  });
  await page.waitForSelector('.notice');
  await look('gallery and a message');
  await page.locator('.notice button').click();

  await page.setInputFiles('#model-file', onnxFile());
  await page.waitForSelector('.question');
  await look('question about a model');
  await page.locator('.question input').first().fill('a, b, c, d, e, f, g');
  await page.locator('.question .main').click();
  await page.locator('.models .chosen', { hasText: 'mine.onnx' }).waitFor();
  await page.setInputFiles('#model-file', await kerasFile());
  await page.locator('.models .chosen', { hasText: 'mine.hdf5' }).waitFor();
  await page.locator('.models li', { hasText: 'mini-xception' }).locator('input[type=checkbox]').check();
  await page.waitForFunction(() => document.querySelectorAll('.view .mark').length === 2);
  await look('comparison');

  if (video === undefined) return;
  await page.setInputFiles('#files', video);
  await page.waitForSelector('.timeline[aria-busy=false]');
  await page.locator('body').press('b');
  await page.waitForSelector('.timeline .lane-track rect');
  await look('video with its timeline');
}
