/** How the studio looks: contrast and names for everyone, text that can be read, nothing cut, in both themes and languages. */
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { findCutOrSmall, findViolations } from './inspect-screen.js';
import { PORTRAIT, useStudio } from './studio.js';

describe.skipIf(CHROMIUM === undefined)('screens of the studio (needs Chromium)', () => {
  const studio = useStudio();

  it.each([
    ['light', 'en'],
    ['dark', 'zh'],
  ])('have no serious accessibility violation, %s and %s', async (theme, language) => {
    const page = await studio.open(`?theme=${theme}&lang=${language}`);
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
