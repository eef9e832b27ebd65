/** Pictures in the studio: opened in every way, good and bad, and saved. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBlazeFaceDetector, createFaceCropper, loadModel } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { decodePixels } from '../web/analyze-in-node.js';
import { PORTRAIT, portraitFile, save, useStudio, waitForResult } from './studio.js';

const filesOf = (id: string) => {
  const at = (name: string) => readFileSync(new URL(`../../models/${id}/${name}`, import.meta.url));
  const manifest: unknown = JSON.parse(at('manifest.json').toString());
  return { manifest, weights: at('weights.safetensors'), source: id };
};

describe.skipIf(CHROMIUM === undefined)('pictures in the studio (needs Chromium)', () => {
  const studio = useStudio();

  it('reads the expression of a picture, and shows the crop exactly as the network sees it', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');

    const shown = await page.locator('[data-testid=crop]').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const image = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height);
      return [...(image?.data ?? [])].filter((_, index) => index % 4 === 0);
    });
    const { manifest } = await loadModel(filesOf('nano'));
    const detector = await createBlazeFaceDetector({ model: filesOf('blazeface-short-range') });
    const frame = await decodePixels(PORTRAIT);
    const cropper = await createFaceCropper(manifest.input, manifest.crop);
    const [low, high] = manifest.input.range;
    const samples = cropper.cropFaces(frame, detector.detect(frame), detector);
    expect(shown).toEqual([
      ...Uint8ClampedArray.from(samples, (value) => ((value - low) / (high - low)) * 255),
    ]);
  });

  it('shows what the result hangs on, and says where', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    expect(await page.locator('[data-testid=heat]').count()).toBe(0);
    await page.getByRole('switch', { name: 'Show what the result hangs on' }).click();
    const heat = await page.locator('[data-testid=heat]').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const image = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height);
      const sums = [0, 0, 0];
      for (let at = 0; at < width * height; at++) {
        sums[Math.floor((3 * Math.floor(at / width)) / height)]! += image?.data[at * 4 + 3] ?? 0;
      }
      return { width, sums };
    });
    expect(heat.width).toBe(48);
    // A smile is read from the mouth, in the lower third.
    expect(Math.max(...heat.sums)).toBe(heat.sums[2]);
    expect(await page.locator('.heat').getAttribute('aria-label')).toMatch(/hangs most on: lower/);
    const text = await page.locator('.why figcaption').textContent();
    expect(text).toMatch(
      /It is no cause.*HiResCAM.*hiding the hottest fifth lowers the probability by \d+ points/s,
    );
    expect(page.url()).toContain('why=1');
  });

  it('opens files by key with the side bar folded', async () => {
    const page = await studio.open('?rail=0');
    const choosing = page.waitForEvent('filechooser');
    // The renderer takes a key before the message that has Chromium report its dialog; an answer says that it arrived.
    await page.evaluate(() => undefined);
    await page.keyboard.press('o');
    await (await choosing).setFiles(PORTRAIT);
    await waitForResult(page, 'happy');
  });

  it('opens several files, and names those that are no pictures', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', [
      { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') },
      portraitFile('one.png'),
      { name: 'nothing.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
      portraitFile('two.png'),
    ]);
    await page.waitForFunction(() => {
      const captions = [...document.querySelectorAll('.gallery small')].map((small) => small.textContent);
      return captions.length === 2 && captions.every((caption) => caption === 'happy');
    });
    const notices = await page.locator('.notice p').allTextContents();
    expect(notices.map((text) => text.split(':')[0])).toEqual(['notes.jpg', 'nothing.png']);
    expect(notices[0]).toContain('cannot decode it as a picture');
    expect(notices[1]).toContain('it is empty (0 bytes)');
    await page.locator('.gallery button').nth(1).click();
    expect(await page.locator('.stage-bar .name').textContent()).toBe('two.png');

    const lines = (await save(page, 'Table (CSV)')).trim().split('\n');
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(['one.png', 'two.png']);
  });

  it('names what it does not show of files that are opened together', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', [
      portraitFile(),
      { name: 'talk.mp4', mimeType: 'video/mp4', buffer: Buffer.from('a video') },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') },
    ]);
    await waitForResult(page, 'happy');
    await page.locator('.notice', { hasText: 'Left out' }).getByText('talk.mp4, notes.txt').waitFor();
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.getByText('Everything was wiped.').waitFor();
    // Its messages name files.
    expect(await page.locator('.notice').count()).toBe(1);
  });

  it('closes its menu by Escape, and when something else is pressed', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    const menu = page.locator('.menu');
    const summary = menu.locator('summary');
    await summary.click();
    await menu.getByRole('button', { name: 'JSON', exact: true }).focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => menu.getAttribute('open')).toBeNull();
    await expect.poll(() => summary.evaluate((one) => one === document.activeElement)).toBe(true);
    await summary.click();
    await page.locator('.face-panel h2').click();
    await expect.poll(() => menu.getAttribute('open')).toBeNull();
  });

  it('opens what is dropped, and wipes it', async () => {
    const page = await studio.open();
    const transfer = await page.evaluateHandle(
      (base64) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
        return data;
      },
      readFileSync(PORTRAIT, 'base64'),
    );
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    await waitForResult(page, 'happy');
    expect(await page.locator('.stage-bar .name').textContent()).toBe('dropped.png');

    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');
    expect(await page.locator('[data-testid=result]').count()).toBe(0);
  });

  it('opens a folder that is dropped, with its subfolders', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-dropped-'));
    mkdirSync(join(folder, 'inner'));
    copyFileSync(PORTRAIT, join(folder, 'one.png'));
    copyFileSync(PORTRAIT, join(folder, 'inner', 'two.png'));
    writeFileSync(join(folder, 'notes.txt'), 'notes');
    const page = await studio.open();
    await page.waitForSelector('.doors');
    const chromium = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await chromium.send('Input.dispatchDragEvent', { type, x: 600, y: 200, data });
    await page.waitForFunction(() => document.querySelectorAll('.gallery button').length === 2);
    await waitForResult(page, 'happy');
    await page.locator('.notice', { hasText: 'Left out' }).getByText('notes.txt').waitFor();
    rmSync(folder, { recursive: true });
  });

  it('hides a face in everything that is saved', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await page.getByRole('button', { name: 'Hide this face' }).click();
    expect(JSON.parse(await save(page, 'JSON lines'))).toMatchObject({ faces: [] });
  });

  it('hands over nothing that is wiped while it is written', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    const saved: string[] = [];
    page.on('download', (download) => saved.push(download.suggestedFilename()));
    await page.evaluate(() => {
      const press = (text: string) =>
        [...document.querySelectorAll('button')].find((one) => one.textContent?.startsWith(text))?.click();
      press('Report');
      press('Stop and wipe everything');
    });
    await page.getByText('Everything was wiped.').waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await save(page, 'JSON lines');
    expect(saved).toEqual(['eileen-collins.ndjson']);
  });

  it('saves a report, and a session that opens again', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', portraitFile());
    await waitForResult(page, 'happy');
    const report = await save(page, 'Report (one HTML page)');
    expect(report).toContain('Expressions in 1 picture');
    expect(report.match(/data:image\/jpeg;base64,/g)).toHaveLength(1);

    await page.getByLabel('Name (stays on this device)').fill('Eileen');
    await page.locator('.menu summary').click();
    await page.getByLabel('with the pictures').check();
    const session = await save(page, 'Session, to open again');
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');

    const file = (text: string) => ({
      name: 'session.mien.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
    await page.setInputFiles('#files', file(session.slice(0, 1000)));
    await page.locator('.notice p', { hasText: 'session.mien.json' }).waitFor();
    await page.setInputFiles('#files', file(session));
    await waitForResult(page, 'happy');
    await page.getByRole('heading', { name: 'Face Eileen' }).waitFor();
    expect(
      await page.locator('.frame img').evaluate((image) => (image as HTMLImageElement).naturalWidth),
    ).toBe(512);
  });
});
