/** The studio in the installed Firefox: pictures, videos, a camera, and use without a network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo } from '../../packages/node/src/testing/make-video.js';
import { START_TIMEOUT_MS } from '../browser/chromium.js';
import { FIREFOX, launchFirefox, type Firefox } from '../browser/firefox.js';
import { runStudio, type RunningStudio } from '../studio-serve/run-studio.js';
import { PORTRAIT } from './studio.js';

const RESULT = "document.querySelector('[data-testid=result]')?.dataset.expression";
const NOTICES = "document.querySelector('.notices')?.innerText ?? ''";

describe.skipIf(FIREFOX === undefined)('the studio in Firefox (skipped where none is installed)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-firefox-'));
  let studio: RunningStudio;
  let firefox: Firefox;
  beforeAll(async () => {
    studio = await runStudio(['--port', '0']);
    firefox = await launchFirefox();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await firefox.close();
    await studio.stop();
    rmSync(folder, { recursive: true });
  });

  async function open() {
    const page = await firefox.open();
    await page.goto(studio.url);
    await page.waitFor("document.querySelector('#files') !== null");
    return page;
  }

  it('reads a picture, isolated and without a complaint', async () => {
    const page = await open();
    await page.setFiles('#files', [PORTRAIT]);
    await page.waitFor(`${RESULT} === 'happy'`);
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    expect({ errors: page.errors, notices: await page.evaluate(NOTICES) }).toEqual({
      errors: [],
      notices: '',
    });
  });

  it.skipIf(!HAS_FFMPEG)('reads a video to its end (needs ffmpeg)', async () => {
    const video = join(folder, 'portrait.webm');
    await makePortraitVideo(video, 1.4);
    const page = await open();
    await page.setFiles('#files', [video]);
    await page.waitFor(`${RESULT} === 'happy'`);
    await page.waitFor("document.querySelector('.timeline')?.getAttribute('aria-busy') === 'false'");
    const segments = "document.querySelectorAll('.timeline .lane-track rect').length";
    expect(await page.evaluate(segments)).toBeGreaterThan(0);
    expect({ errors: page.errors, notices: await page.evaluate(NOTICES) }).toEqual({
      errors: [],
      notices: '',
    });
  });

  it('watches a camera', async () => {
    const page = await open();
    await page.evaluate("document.querySelector('.door').click()");
    await page.waitFor("document.querySelector('dialog .main') !== null");
    await page.evaluate("document.querySelector('dialog .main').click()");
    // Firefox's own synthetic camera shows a colour and a sound wave.
    await page.waitFor("document.querySelector('.no-face h2')?.innerText === 'No face'");
    await page.waitFor("document.querySelector('[data-testid=rate]') !== null");
    expect({ errors: page.errors, notices: await page.evaluate(NOTICES) }).toEqual({
      errors: [],
      notices: '',
    });
  });

  it('becomes ready for use offline, and opens the example without its server', async () => {
    const page = await open();
    await page.waitFor("document.documentElement.dataset.offline === 'ready'");
    await studio.stop();
    await page.goto(studio.url);
    await page.waitFor("document.querySelectorAll('.door').length === 3");
    await page.evaluate("document.querySelectorAll('.door')[2].click()");
    await page.waitFor(`${RESULT} === 'happy'`);
    expect(await page.evaluate(NOTICES)).toBe('');
  });
});
