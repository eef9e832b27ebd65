/** The drawing of a network, and the list of its layers. */
import { miniXception } from '@mien/core/nn';
import { summarizeNetwork } from '@mien/formats/model-file';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { findViolations } from './inspect-screen.js';
import { startStudio, type Studio } from './studio.js';

const summary = summarizeNetwork(miniXception());

describe.skipIf(CHROMIUM === undefined)('the layers of a network in the studio (needs Chromium)', () => {
  let studio: Studio;
  let page: Page;

  beforeAll(async () => {
    studio = await startStudio();
    page = await studio.open();
    const model = page.locator('.models li', { hasText: 'mini-xception' });
    await model.locator('.model').click();
    await model.getByRole('button', { name: 'Layers' }).click();
    await page.waitForSelector('.layer');
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    studio.expectNoErrors();
    await studio.close();
  });

  it('are all drawn, branches side by side, each with its operator and its share', async () => {
    expect(await page.locator('.layer .operator').count()).toBe(summary.layers.length);
    const place = async (name: string) => (await page.locator(`[data-layer="${name}"]`).boundingBox())!;
    const convolutions = summary.layers.filter(({ kind }) => kind === 'separableConv2d' || kind === 'conv2d');
    // The first of a block's main path, and its shortcut.
    const block = summary.layers.find(({ kind }) => kind === 'add')!;
    const shortcut = convolutions.find(({ settings }) => settings.includes('1×1'))!;
    const beside = convolutions.find(
      ({ inputs, name }) => name !== shortcut.name && inputs[0] === shortcut.inputs[0],
    )!;
    const [one, other, below] = await Promise.all([shortcut, beside, block].map(({ name }) => place(name)));
    expect(one!.y).toBeCloseTo(other!.y);
    expect(Math.abs(one!.x - other!.x)).toBeGreaterThanOrEqual(one!.width);
    expect(below!.y).toBeGreaterThan(one!.y + one!.height);
  });

  it('show shapes, parameters, settings and multiplications when they are clicked', async () => {
    const layer = summary.layers.find(({ kind }) => kind === 'separableConv2d')!;
    await page.locator(`[data-layer="${layer.name}"]`).click();
    const details = await page.locator('.layer-details').innerText();
    const input = summary.layers.find(({ name }) => name === layer.inputs[0])!;
    expect(details).toContain('SeparableConv2D');
    expect(details).toContain(`${input.outputShape.join('×')} (${input.name})`);
    expect(details).toContain(layer.outputShape.join('×'));
    expect(details).toContain(layer.parameters.toLocaleString('en'));
    expect(details).toContain(`(${((layer.macs / summary.macs) * 100).toFixed(1)} %)`);
    expect(details).toMatch(/strides\s+1/);
    await page.keyboard.press('ArrowDown');
    const next = summary.layers[summary.layers.indexOf(layer) + 1]!;
    await page.locator('.layer-details', { hasText: next.name }).waitFor();
  });

  it('are zoomed by the wheel, buttons and keys, and scrolled by the wheel', async () => {
    const scale = () => page.locator('.zoom output').innerText();
    const scroller = page.locator('.network-scroller');
    await page.getByRole('button', { name: 'Zoom in (+)' }).click();
    expect(await scale()).toBe('125 %');
    await scroller.press('0');
    expect(await scale()).toBe('100 %');
    await scroller.hover();
    const top = await scroller.evaluate(({ scrollTop }) => scrollTop);
    await page.mouse.wheel(0, 200);
    await page.waitForFunction(
      (before) => (document.querySelector('.network-scroller')?.scrollTop ?? 0) > before,
      top,
    );
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -90);
    await page.keyboard.up('Control');
    await page.locator('.zoom output', { hasText: '135 %' }).waitFor();
  });

  it('are a list too, with all that the drawing says, and without serious accessibility violations', async () => {
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'List' }).click();
    const rows = await page.locator('.layer-list tbody tr').allInnerTexts();
    expect(rows).toHaveLength(summary.layers.length);
    summary.layers.forEach(({ name, outputShape, parameters }, index) => {
      for (const part of [name, outputShape.join('×'), parameters.toLocaleString('en')]) {
        expect(rows[index]).toContain(part);
      }
    });
    expect(await findViolations(page)).toEqual([]);
  });
});
