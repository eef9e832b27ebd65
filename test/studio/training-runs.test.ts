/** The checkpoints that `mien studio --models` offers, as the window lists them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { PORTRAIT, startStudio, type Studio } from './studio.js';

describe.skipIf(CHROMIUM === undefined)('the list of models (needs Chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-runs-'));
  let studio: Studio;
  let page: Page;

  beforeAll(async () => {
    const write = (run: string, name: string, bytes: string | Uint8Array) => {
      mkdirSync(join(folder, run), { recursive: true });
      writeFileSync(join(folder, run, name), bytes);
    };
    for (const name of ['02-0.41', '15-0.60', '16-0.58']) {
      write('paper', `_mini_XCEPTION.${name}.safetensors`, makeCheckpoint());
    }
    for (const name of ['01-0.62', '02-0.61']) write('own', `mine.${name}.safetensors`, makeCheckpoint());
    write('own', 'log.csv', 'epoch,val_loss,val_accuracy\n1,1.1,0.6213\n2,1.05,0.6098\n');
    studio = await startStudio([], folder);
    page = await studio.open();
    await page.waitForSelector('.run');
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    studio.expectNoErrors();
    await studio.close();
    rmSync(folder, { recursive: true });
  });

  it('shows epoch and accuracy of each checkpoint, the best of each run first, and by which measure', async () => {
    const paper = page.locator('.run', { hasText: 'Training paper (3)' });
    expect(await texts(paper.locator('.model'))).toEqual([
      /^_mini_XCEPTION.15-0.60.safetensors ★ best by validation accuracy epoch 15 · validation accuracy 60 % · \d+ KB$/,
      /^_mini_XCEPTION.16-0.58.safetensors epoch 16 · validation accuracy 58 % · \d+ KB$/,
      /^_mini_XCEPTION.02-0.41.safetensors epoch 2 · validation accuracy 41 % · \d+ KB$/,
    ].map((pattern) => expect.stringMatching(pattern) as string)); // prettier-ignore
    const own = page.locator('.run', { hasText: 'Training own (2)' });
    expect(await texts(own.locator('.model'))).toEqual([
      /^mine.02-0.61.safetensors ★ best by validation loss epoch 2 · validation accuracy 61.0 % · /,
      /^mine.01-0.62.safetensors epoch 1 · validation accuracy 62.1 % · /,
    ].map((pattern) => expect.stringMatching(pattern) as string)); // prettier-ignore
  });

  it('shows size, parameters, input and accuracy of the bundled models, also while another one reads', async () => {
    const figures = [
      `nano ${describeShipped('nano')} · 123 KB`,
      `base ${describeShipped('base')} · 3.0 MB`,
      `mini-xception ${describeShipped('mini-xception')} · 81 KB`,
    ];
    const bundled = page.locator('.models .model', { hasText: 'FER2013' });
    // A model that is still being loaded says so instead.
    await expect.poll(() => texts(bundled)).toEqual(figures);
    await page.locator('.model', { hasText: '15-0.60' }).click();
    await page.locator('.chosen .model', { hasText: 'input 48×48×1' }).waitFor();
    expect(await texts(bundled)).toEqual(figures);
    await page.setInputFiles('#files', PORTRAIT);
    await page.waitForSelector('[data-testid=result]');
  });

  it('keeps the checkpoints when all that was opened is wiped', async () => {
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');
    expect(await page.locator('.run .model').count()).toBe(5);
    await page.locator('.chosen .model', { hasText: 'FER2013' }).waitFor();
  });
});

async function texts(rows: ReturnType<Page['locator']>): Promise<string[]> {
  return (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

/** What the list says of a shipped model: what its manifest does. */
function describeShipped(id: string): string {
  const manifest = JSON.parse(
    readFileSync(new URL(`../../models/${id}/manifest.json`, import.meta.url), 'utf8'),
  ) as { metrics: Record<string, { accuracy: number }>; cost: { parameters: number } };
  const accuracy = manifest.metrics['FER2013 PublicTest']?.accuracy ?? NaN;
  const parameters = manifest.cost.parameters.toLocaleString('en');
  return `${(100 * accuracy).toFixed(1)} % on FER2013 PublicTest · ${parameters} parameters · input 48×48×1`;
}
