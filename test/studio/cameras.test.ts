/** Cameras in the studio: two faces in turn, changes while one runs, and everything that takes one away. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM } from '../browser/chromium.js';
import { kerasFile } from './models-to-open.js';
import { PATIENCE_MS, PORTRAIT, save, useStudio, waitForResult } from './studio.js';
import { useStudioWithTwoFaces } from './two-faces.js';

const WAIT = { timeout: PATIENCE_MS };

const CAMERA = { permissions: ['camera'] };

/** Agrees to the notice, and so starts the camera. */
async function start(page: Page): Promise<void> {
  await page.locator('body').press('c');
  await page.locator('dialog').getByRole('button', { name: 'Start the camera' }).click();
}
const notice = (page: Page, text: string) => page.locator('.notice p', { hasText: text });
/** That results keep coming: the reading changes from the one of the first face to that of the second. */
async function expectBothFaces(page: Page, expressions: readonly [string, string]): Promise<void> {
  for (const expression of expressions) await waitForResult(page, expression);
}
/** What is left of a camera: its timeline, and the newest reading. */
async function expectSession(page: Page): Promise<void> {
  await page.locator('.stage-bar .name', { hasText: 'Camera session' }).waitFor();
  await page.waitForSelector('[data-testid=result]');
  await page.locator('.timeline .lane-track rect').first().waitFor();
}
/** The open camera of the page. */
const readTrack = (page: Page) =>
  page.evaluate(() => {
    const stream = document.querySelector<HTMLVideoElement>('.frame video')?.srcObject as MediaStream | null;
    const [track] = stream?.getVideoTracks() ?? [];
    return { state: track?.readyState, deviceId: track?.getSettings().deviceId };
  });

describe.skipIf(CHROMIUM === undefined)('a camera in the studio (needs Chromium)', () => {
  const studio = useStudioWithTwoFaces();

  it('shows the expression of each of two faces in turn, and when there is none', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await expectBothFaces(page, studio.expressions);
    await page.locator('.no-face').getByText('No face').waitFor();
    await expectBothFaces(page, studio.expressions);
  });

  it('goes on when the detector and the model change while it runs', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.getByLabel('Face detector').selectOption('haar-frontalface');
    await expectBothFaces(page, studio.expressions);

    await page.setInputFiles('#model-file', await kerasFile());
    await page.locator('.models li', { hasText: 'mini-xception' }).getByLabel('Compare').check();
    await page.waitForFunction(() => document.querySelectorAll('.view .mark').length === 2);
    await page
      .locator('.models li', { hasText: 'mine.hdf5' })
      .getByRole('button', { name: 'Remove' })
      .click();
    await expectBothFaces(page, studio.expressions);
    expect(await page.locator('.notice').count()).toBe(0);
  });

  it('keeps its timeline when only the look changes', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await expectBothFaces(page, studio.expressions);
    const segments = () => page.locator('.timeline .lane-track rect').count();
    // The timeline is drawn some time after the result that it shows.
    await expect.poll(segments, WAIT).toBeGreaterThan(1);
    const before = await segments();
    // The clock goes on with the results.
    const clock = page.locator('.timeline-head .clock');
    const atFirst = await clock.innerText();
    await expect.poll(() => clock.innerText(), WAIT).not.toBe(atFirst);
    await page.locator('body').press('t');
    await page.locator('body').press('m');
    await page.waitForFunction(() => location.search.includes('mirror=0'));
    expect(await segments()).toBeGreaterThanOrEqual(before);
  });

  it('says that it was taken away, and starts again', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    await page.context().clearPermissions();
    await notice(page, 'The camera was unplugged or its permission was withdrawn.').waitFor();
    await expectSession(page);
    await page.context().grantPermissions(['camera']);
    await start(page);
    // The new camera takes the place of what is left.
    await page
      .getByRole('dialog', { name: 'Save it first?' })
      .getByRole('button', { name: 'Discard' })
      .click();
    await expectBothFaces(page, studio.expressions);
  });

  it('leaves what was read when it is stopped, until that is wiped', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await expectBothFaces(page, studio.expressions);
    await page.locator('body').press('b');
    await page.getByRole('textbox', { name: 'Note' }).fill('here');
    await page.locator('.rail').getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('The camera’s video was not recorded.').or(page.locator('.frame img')).waitFor();
    await expectSession(page);
    expect(await page.getByRole('textbox', { name: 'Note' }).inputValue()).toBe('here');
    // What was seen when it was marked.
    await page.locator('.marks button').first().click();
    await page.locator('.frame img').waitFor();

    const csv = await save(page, 'Table (CSV)');
    for (const expression of studio.expressions) expect(csv).toContain(expression);
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');
  });

  it('does not start after a wipe, or after something else was opened, when the browser asks so long', async () => {
    const page = await studio.open('', {
      ...CAMERA,
      before: () => {
        // No flag has Chromium wait for an answer that a test gives.
        const { mediaDevices } = navigator;
        const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
        mediaDevices.getUserMedia = async (constraints) => {
          await new Promise<void>((resolve) => Object.assign(globalThis, { answer: resolve }));
          const stream = await getUserMedia(constraints);
          Object.assign(globalThis, { track: stream.getVideoTracks()[0] });
          return stream;
        };
      },
    });
    const answer = () => page.evaluate(() => (globalThis as unknown as { answer: () => void }).answer());
    const ended = () =>
      page.waitForFunction(() => {
        const { track } = globalThis as unknown as { track?: MediaStreamTrack };
        return track?.readyState === 'ended';
      });
    await start(page);
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await answer();
    await ended();
    expect(await page.locator('.doors').count()).toBe(1);

    await page.getByRole('button', { name: 'Start the camera' }).and(page.locator(':enabled')).waitFor();
    await start(page);
    await page.setInputFiles('#files', PORTRAIT);
    await answer();
    await ended();
    await waitForResult(page, 'happy');
  });

  it('says that another program has it, and starts when that is closed', async () => {
    const page = await studio.open('', {
      ...CAMERA,
      before: () => {
        // Chromium's fake camera can be shared by any number of programs, so the browser's error is simulated, once.
        const { mediaDevices } = navigator;
        const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
        mediaDevices.getUserMedia = () => {
          mediaDevices.getUserMedia = getUserMedia;
          return Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));
        };
      },
    });
    await start(page);
    await notice(page, 'The camera is used by another program.').waitFor();
    await start(page);
    await waitForResult(page, studio.expressions[0]);
  });

  it('says that it was denied, and reads pictures', async () => {
    const page = await studio.open();
    await start(page);
    await notice(page, 'This page may not use the camera.').waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });

  it('goes on after the page was frozen, and after it was hidden', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await expectBothFaces(page, studio.expressions);

    // Playwright keeps all pages visible, so `document.hidden` is overridden.
    const setHidden = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await setHidden(true);
    await expectBothFaces(page, studio.expressions);
    await setHidden(false);
    await expectBothFaces(page, studio.expressions);
    expect(await page.locator('.notice').count()).toBe(0);
  });

  it('says that it waits while the device gives no picture', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    // No flag makes a fake camera sleep: the event that the browser sends is simulated.
    const setMuted = (isMuted: boolean) =>
      page.evaluate((isMuted) => {
        const { srcObject } = document.querySelector<HTMLVideoElement>('.frame video') ?? {};
        const [track] = (srcObject as MediaStream).getVideoTracks();
        if (track === undefined) throw new Error('no camera');
        Object.defineProperty(track, 'muted', { value: isMuted, configurable: true });
        track.dispatchEvent(new Event(isMuted ? 'mute' : 'unmute'));
      }, isMuted);
    await setMuted(true);
    await page.getByText('The camera gives no picture').waitFor();
    await setMuted(false);
    await page.getByText('Camera on').waitFor();
    await expectBothFaces(page, studio.expressions);
  });

  it('starts the engine again that the browser ended', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await waitForResult(page, studio.expressions[0]);
    // It ends after it has answered, else the answer may be lost.
    await page.workers()[0]?.evaluate('void setTimeout(() => self.close())');
    await notice(page, 'nano: its engine ended and was started again.').waitFor();
    await expectBothFaces(page, studio.expressions);
    // The frame that the engine had when it ended: nobody can close it. Chromium says so some ten seconds later.
    await studio.closePages();
    studio.forgetErrors(/VideoFrame was garbage collected/);
  });
});

describe.skipIf(CHROMIUM === undefined)('two cameras in the studio (needs Chromium)', () => {
  const studio = useStudio(() => ['--use-fake-device-for-media-stream=device-count=2']);

  it('are changed while one runs', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await page.locator('.no-face').getByText('No face').waitFor();
    const before = await readTrack(page);
    const choice = page.locator('.rail .field select');
    const options = choice.locator('option');
    await expect.poll(() => options.count(), WAIT).toBe(2);
    const ids = await options.evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    const other = ids.find((id) => id !== before.deviceId) ?? '';
    await choice.selectOption(other);
    await expect.poll(() => readTrack(page), WAIT).toEqual({ state: 'live', deviceId: other });
    await page.locator('.no-face').getByText('No face').waitFor();
  });
});

describe.skipIf(CHROMIUM === undefined)('a camera that is gone (needs Chromium)', () => {
  const studio = useStudio(() => ['--use-fake-device-for-media-stream']);

  it('leaves its place to any other', async () => {
    const page = await studio.open('', {
      ...CAMERA,
      before: () => {
        // Fake cameras cannot be unplugged: the one that was chosen is refused as the browser refuses one that is gone.
        const { mediaDevices } = navigator;
        const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
        mediaDevices.getUserMedia = (constraints) =>
          JSON.stringify(constraints).includes('deviceId')
            ? Promise.reject(new OverconstrainedError('deviceId'))
            : getUserMedia(constraints);
      },
    });
    await start(page);
    await page.locator('.no-face').getByText('No face').waitFor();
    await page.locator('body').press('c');
    await page.waitForSelector('.doors');
    await start(page);
    await page.locator('.no-face').getByText('No face').waitFor();
    expect(await page.locator('.notice').count()).toBe(0);
  });
});

describe.skipIf(CHROMIUM === undefined)('no camera in the studio (needs Chromium)', () => {
  const studio = useStudio();

  it('is said, and pictures are read', async () => {
    const page = await studio.open('', CAMERA);
    await start(page);
    await notice(page, 'No camera was found.').waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });
});
