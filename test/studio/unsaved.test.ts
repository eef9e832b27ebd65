/** What the studio asks before something unsaved is replaced, and what it keeps without asking. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { PATIENCE_MS, PORTRAIT, portraitFile, save, waitForResult } from './studio.js';
import { useStudioWithTwoFaces } from './two-faces.js';

const WAIT = { timeout: PATIENCE_MS };
const CAMERA = { permissions: ['camera'] };

interface Frames {
  readonly frames: readonly {
    readonly timestampMs: number;
    readonly detector: string;
    readonly faces: readonly { readonly id?: number }[];
  }[];
}

interface Saved extends Frames {
  readonly kind: string;
  readonly model: { readonly name: string };
  readonly others: readonly (Frames & { readonly model: { readonly name: string } })[];
}

async function start(page: Page): Promise<void> {
  await page.locator('body').press('c');
  await page.locator('dialog').getByRole('button', { name: 'Start the camera' }).click();
}
const question = (page: Page) => page.getByRole('dialog', { name: 'Save it first?' });
const lost = (page: Page) => question(page).getByTestId('unsaved').locator('li');
const answer = (page: Page, name: string) =>
  question(page).getByRole('button', { name, exact: true }).click();

/** The file that a button of the question saves. */
async function saveBy(page: Page, name: string) {
  const downloading = page.waitForEvent('download');
  await answer(page, name);
  const file = await downloading;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

describe.skipIf(CHROMIUM === undefined)('unsaved work in the studio (needs Chromium)', () => {
  const studio = useStudioWithTwoFaces();

  it('is asked for before a file replaces a camera, which runs on if that is cancelled', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    // Nothing would be lost by a file that cannot be shown.
    await page.setInputFiles('#files', { name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no') });
    await page.locator('.notice p', { hasText: 'no.png' }).waitFor();
    expect(await question(page).count()).toBe(0);

    await page.setInputFiles('#files', PORTRAIT);
    await lost(page).getByText('Camera session: what was read in').waitFor();
    await page.keyboard.press('Escape');
    await question(page).waitFor({ state: 'detached' });
    for (const expression of studio.expressions) await waitForResult(page, expression);
    expect(await page.locator('.stage-bar .live').count()).toBe(1);

    await page.setInputFiles('#files', PORTRAIT);
    const session = await saveBy(page, 'Save the session');
    const { kind, frames } = JSON.parse(session.bytes.toString()) as Saved;
    expect(kind).toBe('camera');
    expect(frames.some(({ faces }) => faces.length > 0)).toBe(true);
    await page.locator('.app.pictures').waitFor();
    await waitForResult(page, 'happy');
  });

  it('is asked for after the camera has stopped, until its session is saved', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.locator('body').press('b');
    await page.locator('[data-testid=mark]').waitFor();
    await page.locator('body').press('c');
    await page.locator('.stage-bar .name', { hasText: 'Camera session' }).waitFor();

    await start(page);
    await lost(page).getByText(', 1 marked moment').waitFor();
    await answer(page, 'Cancel');
    await page.locator('.stage-bar .name', { hasText: 'Camera session' }).waitFor();

    await save(page, 'Session, to open again');
    await page.getByRole('textbox', { name: 'Note' }).fill('here');
    await page.setInputFiles('#files', PORTRAIT);
    await answer(page, 'Cancel');
    await save(page, 'Session, to open again');
    await page.setInputFiles('#files', PORTRAIT);
    await page.locator('.app.pictures').waitFor();
    expect(await question(page).count()).toBe(0);
  });

  it('is asked for in Chinese, and discarded only if that is said', async () => {
    const page = await studio.open('?lang=zh', CAMERA);
    await page.locator('body').press('c');
    await page.locator('dialog .main').click();
    await waitForResult(page, studio.expressions[0]);
    await page.setInputFiles('#files', PORTRAIT);
    await page.getByRole('dialog', { name: '先保存吗？' }).getByRole('button', { name: '放弃' }).click();
    await page.locator('.app.pictures').waitFor();
    // Pictures are in their files: there is nothing to ask.
    await page.setInputFiles('#files', portraitFile('again.png'));
    await page.getByAltText('again.png').waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
  });

  it('is a recorded video too, saved by keys alone', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await page.getByLabel('Record the video too').check();
    for (const expression of studio.expressions) await waitForResult(page, expression);
    await page.setInputFiles('#files', PORTRAIT);
    await lost(page).getByText('Recorded video: 0:').waitFor();
    // The first answer has the focus.
    const [session] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(session.suggestedFilename()).toMatch(/^camera-[-\d]+[.]mien[.]json$/);
    await question(page).getByRole('button', { name: 'Save the video' }).waitFor();
    expect(await lost(page).count()).toBe(1);
    const [video] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(video.suggestedFilename()).toMatch(/^camera-[-\d]+[.](webm|mp4)$/);
    expect(readFileSync(await video.path()).length).toBeGreaterThan(0);
    await page.locator('.app.pictures').waitFor();
  });

  it('is what was said about pictures', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    await page.getByRole('button', { name: 'Hide this face' }).click();
    await page.setInputFiles('#files', portraitFile('other.png'));
    await lost(page).getByText('eileen-collins.png').waitFor();
    await answer(page, 'Discard');
    await page.getByAltText('other.png').waitFor();
  });

  it('has the browser ask before the window is loaded again, and not after a wipe', async () => {
    const page = await studio.open('', CAMERA);
    let asked = 0;
    page.on('dialog', (dialog) => {
      asked++;
      void dialog.accept();
    });
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.reload();
    expect(asked).toBe(1);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');
    await page.reload();
    expect(asked).toBe(1);
  });

  it('goes on when models and the detector change, with numbers of its own for new faces', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    for (const expression of studio.expressions) await waitForResult(page, expression);
    await page.locator('.models li', { hasText: 'mini-xception' }).getByLabel('Compare').check();
    await page.waitForFunction(() => document.querySelectorAll('.view .mark').length === 2);
    await page.getByLabel('Face detector').selectOption('haar-frontalface');
    const frames = async () => (JSON.parse(await save(page, 'Session, to open again')) as Saved).frames;
    const idsOf = (some: Frames['frames'], by: RegExp) =>
      some
        .filter(({ detector }) => by.test(detector))
        .flatMap(({ faces }) => faces.flatMap(({ id }) => id ?? []));
    await expect.poll(async () => idsOf(await frames(), /haar/).length, WAIT).toBeGreaterThan(0);
    const all = await frames();
    expect(Math.max(...idsOf(all, /blaze/))).toBeGreaterThan(0);
    expect(Math.min(...idsOf(all, /haar/))).toBeGreaterThan(Math.max(...idsOf(all, /blaze/)));
    const times = all.map(({ timestampMs }) => timestampMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('stays when another model takes the lead, and is in the session of the camera', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.locator('.models .model', { hasText: 'mini-xception' }).click();
    // It is loaded, and reads.
    const mini = page.locator('.models .chosen', { hasText: 'mini-xception' });
    await mini.getByRole('button', { name: 'Layers' }).waitFor();
    await page.locator('body').press('c');
    await page.locator('.view figcaption', { hasText: 'A mini-xception' }).waitFor();
    await page.locator('.view figcaption', { hasText: 'B nano' }).waitFor();
    const { model, others } = JSON.parse(await save(page, 'Session, to open again')) as Saved;
    expect(model.name).toBe('mini-xception');
    expect(others.map((other) => other.model.name)).toEqual(['nano']);
    expect(others[0]!.frames.filter(({ faces }) => faces.length > 0).length).toBeGreaterThan(0);
  });
});
