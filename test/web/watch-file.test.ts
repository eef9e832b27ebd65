/** `watch` of @mien/web on a video file in Chromium: timestamps, seeks, pauses, other sources. */
import type { Analysis } from '@mien/web';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { startSite, type Site } from './site.js';

/** State in the page. */
interface Kept {
  video: HTMLVideoElement;
  results: Analysis[];
  errors: string[];
}

const WAIT = { timeout: 30_000 };

describe.skipIf(CHROMIUM === undefined)('a video file in Chromium (skipped where none is installed)', () => {
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    site = await startSite();
    page = await site.open();
    await page.evaluate(async () => {
      globalThis.analyzer = await mien.createAnalyzer();
      // 1.6 s of the portrait, recorded by the browser.
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 320 });
      const context = canvas.getContext('2d');
      const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm; codecs=vp8' });
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stopped = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.start();
      for (let i = 0; i < 40; i++) {
        context?.drawImage(bitmap, i % 8, 0, 320, 320);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      recorder.stop();
      await stopped;
      Object.assign(kept, { file: new Blob(parts, { type: 'video/webm' }) });
    });
  }, START_TIMEOUT_MS);

  beforeEach(() =>
    page.evaluate(async () => {
      const video = document.createElement('video');
      Object.assign(video, { muted: true, src: URL.createObjectURL(kept['file'] as Blob) });
      await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
      const results: Analysis[] = [];
      const errors: string[] = [];
      const stop = analyzer.watch(video, (result) => results.push(result), {
        onError: ({ message }) => errors.push(message),
      });
      Object.assign(kept, { video, results, errors, stop });
    }),
  );

  afterEach(async () => {
    expect(await page.evaluate(() => (kept as unknown as Kept).errors)).toEqual([]);
    await page.evaluate(() => (kept['stop'] as () => void)());
    site.expectNoComplaints();
  });

  afterAll(() => site.close());

  const results = () => page.evaluate(() => (kept as unknown as Kept).results);

  test('is analysed while paused, once for each position', async () => {
    await expect.poll(async () => (await results()).length, WAIT).toBe(1);
    await page.evaluate(() => {
      (kept as unknown as Kept).video.currentTime = 0.8;
    });
    await expect.poll(async () => (await results()).length, WAIT).toBe(2);
    const [first, second] = await results();
    expect(first).toMatchObject({ timestampMs: 0, width: 320, faces: [{ expression: 'happy' }] });
    expect(second?.timestampMs).toBeGreaterThan(700);
    expect(second?.timestampMs).toBeLessThan(900);
  });

  test('shows a seek while paused also within the minimum interval', async () => {
    await page.evaluate(() => {
      const { video, results, errors } = kept as unknown as Kept;
      (kept['stop'] as () => void)();
      results.length = 0;
      kept['stop'] = analyzer.watch(video, (result) => results.push(result), {
        minIntervalMs: 3000,
        onError: ({ message }) => errors.push(message),
      });
    });
    await expect.poll(async () => (await results()).length, WAIT).toBe(1);
    await page.evaluate(() => {
      (kept as unknown as Kept).video.currentTime = 0.8;
    });
    await expect.poll(async () => (await results()).at(-1)?.timestampMs, WAIT).toBeGreaterThan(700);
  });

  test('analyses the frame that a pause shows, also within the minimum interval', async () => {
    await page.evaluate(async () => {
      const { video, results, errors } = kept as unknown as Kept;
      (kept['stop'] as () => void)();
      results.length = 0;
      // A stream whose frames are drawn here: a file may present another one just after it is paused.
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 320 });
      const context = canvas.getContext('2d');
      const wait = () => new Promise((resolve) => setTimeout(resolve, 100));
      const present = async (draw: () => void) => {
        for (let i = 0; i < 5; i++) {
          draw();
          await wait();
        }
      };
      const portrait = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      video.srcObject = canvas.captureStream();
      void video.play();
      await present(() => context?.fillRect(0, 0, 320, 320));
      kept['stop'] = analyzer.watch(video, (result) => results.push(result), {
        minIntervalMs: 3000,
        onError: ({ message }) => errors.push(message),
      });
      while (results.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await present(() => context?.drawImage(portrait, 0, 0, 320, 320));
      video.pause();
    });
    await expect
      .poll(async () => (await results()).at(-1)?.faces, WAIT)
      .toMatchObject([{ expression: 'happy' }]);
  });

  test('sends nothing more once it is stopped: not a frame that was just being captured', async () => {
    const { sent, widths } = await page.evaluate(async () => {
      const { video } = kept as unknown as Kept;
      (kept['stop'] as () => void)();
      const sent: unknown[] = [];
      const { createImageBitmap } = globalThis;
      const { postMessage } = Worker.prototype;
      // Held back, as on a busy device, until the watch is stopped.
      const bitmaps: ImageBitmap[] = [];
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      const isCapturing = new Promise<void>((resolve) => {
        globalThis.createImageBitmap = async (source: ImageBitmapSource) => {
          const captured = await createImageBitmap(source);
          bitmaps.push(captured);
          resolve();
          await held;
          return captured;
        };
      });
      Worker.prototype.postMessage = function (message: never, ...rest: never[]) {
        const { note, task } = message as { note?: string; task?: { kind: string } };
        sent.push(note ?? task?.kind);
        postMessage.call(this, message, ...rest);
      };
      try {
        const stop = analyzer.watch(video, () => undefined);
        await isCapturing;
        stop();
        goOn();
        // Would be sent before the answer to this.
        await new Promise((resolve) => setTimeout(resolve));
        await analyzer.analyze(new ImageData(8, 8));
        return { sent, widths: bitmaps.map(({ width }) => width) };
      } finally {
        globalThis.createImageBitmap = createImageBitmap;
        Worker.prototype.postMessage = postMessage;
      }
    });
    expect(sent).toEqual(['closeStream', 'analyze']);
    // A closed bitmap has no width.
    expect(widths).toEqual([0]);
  });

  test('is not watched if the signal is aborted already', async () => {
    const count = await page.evaluate(async () => {
      let count = 0;
      const stop = analyzer.watch((kept as unknown as Kept).video, () => count++, {
        signal: AbortSignal.abort(),
      });
      await analyzer.analyze(new ImageData(8, 8));
      stop();
      return count;
    });
    expect(count).toBe(0);
  });

  test('has positions as timestamps, and starts again when it is replayed', async () => {
    await page.evaluate(async () => {
      const { video } = kept as unknown as Kept;
      await video.play();
      await new Promise((resolve) => video.addEventListener('ended', resolve, { once: true }));
    });
    await expect.poll(async () => (await results()).at(-1)?.faces[0]?.id, WAIT).toBe(1);
    const played = (await results()).map(({ timestampMs = NaN }) => timestampMs);
    expect(played).toEqual([...played].sort((a, b) => a - b));
    expect(played.at(-1)).toBeGreaterThan(800);
    await page.evaluate(() => (kept as unknown as Kept).video.play());
    const again = async () => (await results()).slice(played.length);
    await expect.poll(async () => (await again()).at(-1)?.faces[0]?.id, WAIT).toBe(1);
    expect((await again())[0]?.timestampMs).toBeLessThan(played.at(-1) ?? NaN);
  });

  test('starts again if its source changes', async () => {
    await expect.poll(async () => (await results()).length, WAIT).toBe(1);
    await page.evaluate(async () => {
      const { video } = kept as unknown as Kept;
      video.currentTime = 0.9;
      await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    });
    await expect.poll(async () => (await results()).length, WAIT).toBe(2);
    await page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
      canvas.getContext('2d')?.fillRect(0, 0, 64, 64);
      const { video } = kept as unknown as Kept;
      video.srcObject = canvas.captureStream();
      return video.play();
    });
    await expect.poll(async () => (await results()).at(-1), WAIT).toMatchObject({ width: 64, faces: [] });
    expect((await results()).find(({ width }) => width === 64)?.timestampMs).toBe(0);
  });
});
