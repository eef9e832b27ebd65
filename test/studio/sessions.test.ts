/** Sessions of the studio: pictures are in them only if that was asked for, and shown when they are opened again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ffmpeg, HAS_FFMPEG } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { makeMovingFace } from './make-video.js';
import { PORTRAIT, save, useStudio, waitForResult } from './studio.js';

const SMALL_PICTURES = 'with small pictures of faces and marked moments';
const SESSION = 'Session, to open again';

describe.skipIf(CHROMIUM === undefined || !HAS_FFMPEG)(
  'sessions in the studio (needs Chromium and ffmpeg)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-sessions-'));
    const video = join(folder, 'talk.webm');
    let page: Page;
    const studio = useStudio(async () => {
      await makeMovingFace(video, { seconds: 2, rate: 25, codec: ['-c:v', 'libvpx', '-b:v', '2M'] });
      return [];
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const openAgain = (text: string) =>
      page.setInputFiles('#files', {
        name: 'session.mien.json',
        mimeType: 'application/json',
        buffer: Buffer.from(text),
      });

    async function openMarkedVideo(): Promise<void> {
      page = await studio.open();
      await page.setInputFiles('#files', video);
      await waitForResult(page, 'happy');
      await page.waitForSelector('.timeline[aria-busy=false]');
      const track = (await page.locator('.lane-track.seekable').first().boundingBox())!;
      await page.mouse.click(track.x + track.width * 0.6, track.y + track.height / 2);
      await page.waitForFunction(() => {
        const time = document.querySelector<HTMLVideoElement>('.frame video')?.currentTime ?? 0;
        return Math.abs(time - 1.2) < 0.1;
      });
      await page.keyboard.press('b');
      await page.waitForSelector('[data-testid=mark]');
    }

    it('have no picture unless asked, and say so', async () => {
      await openMarkedVideo();
      const session = await save(page, SESSION);
      expect(JSON.parse(session)).toMatchObject({ crops: [], posters: [] });
      await openAgain(session);
      await page.getByText('Saved without pictures').waitFor();
      await waitForResult(page, 'happy');
      expect(await page.locator('[data-testid=crop]').count()).toBe(0);
    });

    it('show faces and marked moments again if their pictures were saved', async () => {
      await openMarkedVideo();
      await page.locator('.menu summary').click();
      await page.getByLabel(SMALL_PICTURES).check();
      const session = await save(page, SESSION);
      await openAgain(session);
      await waitForResult(page, 'happy');
      await page.locator('[data-testid=crop]').waitFor();
      const poster = page.getByAltText('What was seen at this moment');
      await poster.waitFor();
      expect(await poster.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(360);
      // Between the first face and the mark there is none, and at the mark there is.
      const track = (await page.locator('.lane-track.seekable').first().boundingBox())!;
      await page.mouse.click(track.x + track.width * 0.3, track.y + track.height / 2);
      await page.getByText('No picture of this moment was saved.').waitFor();
      await page.locator('[data-testid=mark] button').first().click();
      await poster.waitFor();
      // Saved once more, it is the same.
      await page.locator('.menu summary').click();
      const again = JSON.parse(await save(page, SESSION)) as { posters: unknown[]; crops: unknown[] };
      const first = JSON.parse(session) as typeof again;
      expect(again.posters).toEqual(first.posters);
      expect(again.crops).toEqual(first.crops);
    });

    it('hold neither crop nor open face of someone who is hidden', async () => {
      await openMarkedVideo();
      const detail = async (): Promise<number> => {
        await page.locator('.menu summary').click();
        await page.getByLabel(SMALL_PICTURES).check();
        const session = JSON.parse(await save(page, SESSION)) as { posters: { data: string }[]; crops: (object | null)[][] }; // prettier-ignore
        hiddenCrops = session.crops.flat();
        return Math.max(...session.posters.map(({ data }) => data.length));
      };
      let hiddenCrops: (object | null)[] = [];
      const open = await detail();
      expect(hiddenCrops.every((crop) => crop !== null)).toBe(true);
      await page.getByRole('button', { name: 'Hide this face' }).click();
      // A JPEG needs fewer bytes for a blur than for a face.
      expect(await detail()).toBeLessThan(open * 0.9);
      expect(hiddenCrops.length).toBeGreaterThan(5);
      expect(hiddenCrops.every((crop) => crop === null)).toBe(true);
    });

    it('show the readings of compared models side by side again, of a video and of pictures', async () => {
      for (const [files, isOverTime] of [
        [[video], true],
        [[PORTRAIT, PORTRAIT], false],
      ] as const) {
        page = await studio.open('?models=nano,mini-xception');
        await page.locator('.models .chosen').nth(1).waitFor();
        await page.setInputFiles('#files', [...files]);
        await page.locator('.bars.compared').waitFor();
        if (isOverTime) await page.waitForSelector('.timeline[aria-busy=false]');
        else await page.waitForFunction(() => document.querySelectorAll('.view .mark').length === 2);
        const before = await page.locator('.bars.compared').innerText();
        const session = await save(page, SESSION);
        await openAgain(session);
        await page.getByText('Saved without pictures').first().waitFor();
        await page.locator('.view figcaption', { hasText: 'B mini-xception' }).waitFor();
        await page.locator('.bars.compared').waitFor();
        await page.locator('.disagree').waitFor();
        if (!isOverTime) expect(await page.locator('.bars.compared').innerText()).toBe(before);
        // Saved once more, it is the same.
        const [first, again] = [session, await save(page, SESSION)].map((text) => {
          const { others } = JSON.parse(text) as { others: { frames: unknown[]; results: unknown[] }[] };
          return others.map(({ frames, results }) => ({ frames, results }));
        });
        expect(first?.[0]?.[isOverTime ? 'frames' : 'results'].length).toBeGreaterThan(1);
        expect(again).toEqual(first);
        await page.close();
      }
    });

    it('say their size before a large one is saved, and have the crops of pictures too', async () => {
      const large = join(folder, 'large.bmp');
      await ffmpeg('-i', PORTRAIT, '-vf', 'scale=2700:2700', large);
      page = await studio.open();
      await page.setInputFiles('#files', large);
      await waitForResult(page, 'happy');
      await page.locator('.menu summary').click();
      await page.getByLabel('with the pictures').check();
      await page.locator('.menu-list').getByRole('button', { name: SESSION }).click();
      const entry = page.locator('.menu-list button', { hasText: /^Save the session: (2|3)\d[.]\d\sMB$/ });
      await entry.waitFor();
      const session = await save(page, (await entry.innerText()).replaceAll(/\s/g, ' '));
      await openAgain(session);
      await waitForResult(page, 'happy');
      await page.locator('[data-testid=crop]').waitFor();
    });
  },
);
