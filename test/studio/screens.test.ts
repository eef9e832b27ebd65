/** How the studio looks: contrast and names for everyone, text that can be read, nothing cut, in both themes and languages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { findCutOrSmall, findViolations } from './inspect-screen.js';
import { useStudio } from './studio.js';
import { visitScreens } from './visit-screens.js';

describe.skipIf(CHROMIUM === undefined)('screens of the studio (needs Chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-screens-'));
  const video = HAS_FFMPEG ? join(folder, 'portrait.webm') : undefined;
  const studio = useStudio(async () => {
    if (video !== undefined) await makePortraitVideo(video, 1);
    return [];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['en', 'zh'])(
    'have no serious accessibility violation in either theme, in %s',
    async (language) => {
      const page = await studio.open(`?lang=${language}`, { colorScheme: 'light' });
      expect(await page.evaluate(() => document.documentElement.lang)).toMatch(new RegExp(`^${language}`));
      await visitScreens(page, {
        video,
        look: async (screen) => {
          expect(await findViolations(page), screen).toEqual([]);
          await page.emulateMedia({ colorScheme: 'dark' });
          // Only the colours are others.
          expect(await findViolations(page, ['color-contrast']), `${screen}, dark`).toEqual([]);
          await page.emulateMedia({ colorScheme: 'light' });
        },
      });
    },
  );

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

  it.each(['light', 'dark'] as const)(
    'have other colours at the first press, on a %s system',
    async (colorScheme) => {
      const page = await studio.open('', { colorScheme });
      const shown = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
      const other = colorScheme === 'light' ? 'dark' : 'light';
      const seen = [await shown()];
      for (let presses = 0; presses < 3; presses++) {
        await page.getByLabel('Light or dark').click();
        seen.push(await shown());
      }
      expect(seen).toEqual(['light dark', other, colorScheme, 'light dark']);
    },
  );

  it.each(['en', 'zh'])('show all text at 320 pixels, none of it below 12, in %s', async (language) => {
    const page = await studio.open(`?lang=${language}`, { viewport: { width: 320, height: 640 } });
    await visitScreens(page, {
      video,
      // Labels take their size when the size of their picture is known, a moment after it is drawn.
      look: (screen) => expect.poll(() => findCutOrSmall(page), { message: screen }).toEqual([]),
    });
  });
});
