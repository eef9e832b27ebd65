/** How the studio looks: contrast and names for everyone, text that can be read, nothing cut, in both themes and languages. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { PORTRAIT, useStudio } from './studio.js';

describe.skipIf(CHROMIUM === undefined)('screens of the studio (needs Chromium)', () => {
  const studio = useStudio();

  it.each([
    ['light', 'en'],
    ['dark', 'zh'],
  ])('have no serious accessibility violation, %s and %s', async (theme, language) => {
    const page = await studio.open(`?theme=${theme}&lang=${language}`);
    await page.evaluate(axe.source);
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe(theme);
    expect(await page.evaluate(() => document.documentElement.lang)).toMatch(new RegExp(`^${language}`));
    await page.waitForSelector('.doors');
    expect(await findViolations(page), 'doors').toEqual([]);
    await page.setInputFiles('#files', PORTRAIT);
    await page.waitForSelector('[data-testid=result]');
    await page.locator('.menu summary').click();
    expect(await findViolations(page), 'picture').toEqual([]);
    await page.locator('.menu summary').click();
    for (const button of await page.locator('.bar nav button').all()) {
      await button.click();
      if ((await page.locator('dialog[open]').count()) === 0) continue;
      expect(await findViolations(page), 'sheet').toEqual([]);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
    }
  });

  it('keep language and theme in the address', async () => {
    const page = await studio.open('', { colorScheme: 'light' });
    await page.getByLabel('Language').selectOption('zh');
    await page.keyboard.press('Escape');
    await page.locator('.bar h1').click();
    await page.keyboard.press('t');
    await page.waitForFunction(() => location.search === '?lang=zh&theme=dark');
    await page.reload();
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toMatch(/[\u4e00-\u9fff]/);
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });

  it.each(['en', 'zh'])('show all text at 320 pixels, none of it below 12, in %s', async (language) => {
    const page = await studio.open(`?lang=${language}`, { viewport: { width: 320, height: 640 } });
    await page.waitForSelector('.doors');
    expect(await findCutOrSmall(page)).toEqual([]);
    await page.setInputFiles('#files', PORTRAIT);
    await page.waitForSelector('[data-testid=result]');
    await page.waitForSelector('.mark text');
    expect(await findCutOrSmall(page)).toEqual([]);
  });
});

async function findViolations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** Elements with text that is smaller than 12 pixels on the screen, wider than its place, or beyond the edge. */
function findCutOrSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement | SVGTextElement>('body *')) {
      const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      const words = text.map(({ textContent }) => textContent?.trim() ?? '').join(' ').trim(); // prettier-ignore
      const { left, right, width } = element.getBoundingClientRect();
      if (words === '' || width <= 1 || element.closest('option, .only-heard, [hidden]') !== null) continue;
      const scale = element instanceof SVGTextElement ? (element.getScreenCTM()?.a ?? 1) : 1;
      const size = parseFloat(getComputedStyle(element).fontSize) * scale;
      if (size < 11.99 && size > 0) found.push(`${size.toFixed(1)} px: ${words}`);
      if (left < -0.5 || right > innerWidth + 0.5) found.push(`beyond the edge: ${words}`);
      const isCut = element instanceof HTMLElement && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible'; // prettier-ignore
      if (isCut && !element.matches('.name, .gallery small')) found.push(`cut: ${words}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
    return found;
  });
}
