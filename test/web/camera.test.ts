/** `openCamera` and `watch` of @mien/web in Chromium, whose fake camera plays a synthetic video of a moving face. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analysis, Camera, CameraError, WatchInfo } from '@mien/web';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { makeCamera } from '../synthetic-video/camera-file.js';
import { startSite, type Site } from './site.js';

/** State in the page. */
interface Kept {
  camera: Camera;
  results: (Analysis & WatchInfo)[];
  errors: string[];
  stop: () => void;
  /** Pictures in flight, and their maximum so far. */
  sent: number;
  most: number;
}

const WAIT = { timeout: 30_000 };

describe.skipIf(CHROMIUM === undefined)('a camera in Chromium (skipped where none is installed)', () => {
  let folder: string;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-camera-'));
    // Another name of this machine: unlike localhost, its pages are not secure contexts.
    const flags = ['--host-resolver-rules=MAP insecure.example 127.0.0.1'];
    site = await startSite([...(await makeCamera(join(folder, 'camera.mjpeg'))), ...flags]);
  }, START_TIMEOUT_MS);

  afterEach(async () => {
    await page.context().close();
    site.expectNoComplaints();
  });

  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  const problemOf = (open: string) =>
    page.evaluate<{ problem: string; code: string; message: string } | undefined>(`
      ${open}.then(() => undefined, ({ problem, code, message }) => ({ problem, code, message }))`);

  /** Opens the camera and watches it. */
  async function watch(): Promise<void> {
    page = await site.open(['camera']);
    await page.evaluate(async () => {
      const kept = globalThis.kept as unknown as Kept;
      Object.assign(kept, { results: [], errors: [], sent: 0, most: 0 });
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message: { task?: { kind: string } }, ...rest: never[]) {
        if (message.task?.kind === 'analyze') kept.most = Math.max(kept.most, ++kept.sent);
        postMessage.call(this, message, ...rest);
      };
      globalThis.analyzer = await mien.createAnalyzer();
      kept.camera = await mien.openCamera();
      kept.stop = analyzer.watch(
        kept.camera.video,
        (result, info) => {
          kept.sent--;
          kept.results.push({ ...result, ...info });
        },
        { onError: (error) => kept.errors.push(error.message) },
      );
    });
  }
  const countResults = () => page.evaluate(() => (kept as unknown as Kept).results.length);
  const moreResults = async (more: number) => {
    const before = await countResults();
    await expect.poll(countResults, WAIT).toBeGreaterThanOrEqual(before + more);
  };

  test('is watched: follows the face, one frame at a time', async () => {
    await watch();
    await expect.poll(countResults, WAIT).toBeGreaterThan(30);
    const { results, errors, most, camera } = await page.evaluate(() => {
      const { results, errors, most, camera } = kept as unknown as Kept;
      const { width, height, label, deviceId } = camera;
      return { results, errors, most, camera: { width, height, hasNames: label !== '' && deviceId !== '' } };
    });
    expect(errors).toEqual([]);
    expect(camera).toEqual({ width: 640, height: 480, hasNames: true });
    expect(most).toBe(1);
    expect(results[0]?.timestampMs).toBe(0);
    const times = results.map(({ timestampMs = NaN }) => timestampMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(results.at(-1)).toMatchObject({
      width: 640,
      height: 480,
      faces: [{ id: 1, smoothed: { expression: 'happy' } }],
    });
    const lefts = results.flatMap(({ faces }) => faces.map(({ box }) => box.x));
    expect(Math.max(...lefts) - Math.min(...lefts)).toBeGreaterThan(30);
    for (const { latencyMs } of results) expect(latencyMs).toBeGreaterThan(0);
  });

  test('skips frames while the worker is busy, and continues with the newest one', async () => {
    await watch();
    await moreResults(5);
    const { before, after } = await page.evaluate(async () => {
      const { results } = kept as unknown as Kept;
      const before = results.at(-1);
      const picture = new OffscreenCanvas(3000, 3000);
      picture.getContext('2d')?.fillRect(0, 0, 3000, 3000);
      for (let i = 0; i < 4; i++) await analyzer.analyze(picture);
      const count = results.length;
      while (results.length < count + 3) await new Promise((resolve) => setTimeout(resolve, 20));
      return { before, after: results.at(-1) };
    });
    expect(after?.skippedFrames).toBeGreaterThan(before?.skippedFrames ?? NaN);
    expect(await page.evaluate(() => (kept as unknown as Kept).errors)).toEqual([]);
  });

  test('stops by its function, by a signal and with the analyzer', async () => {
    await watch();
    await moreResults(3);
    const counts = await page.evaluate(async () => {
      const all = kept as unknown as Kept;
      const wait = () => new Promise((resolve) => setTimeout(resolve, 400));
      const controller = new AbortController();
      let others = 0;
      const last: number[] = [];
      analyzer.watch(all.camera.video, () => others++, { signal: controller.signal });
      while (others < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      all.stop();
      all.stop();
      const first = all.results.length;
      controller.abort();
      const second = others;
      await wait();
      last.push(all.results.length - first, others - second);
      let more = 0;
      analyzer.watch(all.camera.video, () => more++);
      while (more < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      analyzer.dispose();
      const third = more;
      await wait();
      const error = await analyzer.analyze(all.camera.video).catch((error: unknown) => error as Error);
      return {
        last: [...last, more - third],
        error: 'message' in error ? error.message : '',
        errors: all.errors,
      };
    });
    expect(counts).toEqual({
      last: [0, 0, 0],
      error: 'analyzer: used after dispose(); create another one',
      errors: [],
    });
  });

  test('respects the minimum interval', async () => {
    await watch();
    const times = await page.evaluate(async () => {
      const { camera, stop } = kept as unknown as Kept;
      stop();
      const times: number[] = [];
      await new Promise<void>((resolve) => {
        const stopNow = analyzer.watch(
          camera.video,
          ({ timestampMs = NaN }) => {
            if (times.push(timestampMs) < 4) return;
            stopNow();
            resolve();
          },
          { minIntervalMs: 250 },
        );
      });
      return times;
    });
    for (const [index, time] of times.slice(1).entries()) {
      // A nanosecond less is rounding: 249.9999999999999.
      expect(time - (times[index] ?? NaN)).toBeGreaterThanOrEqual(250 - 1e-6);
    }
  });

  test('starts ids again after reset', async () => {
    await watch();
    const idOf = () => page.evaluate(() => (kept as unknown as Kept).results.at(-1)?.faces[0]?.id);
    await expect.poll(idOf, WAIT).toBe(1);
    const hasLostIt = await page.evaluate(async () => {
      const { results } = kept as unknown as Kept;
      analyzer.reset();
      const count = results.length;
      while (results.length < count + 4) await new Promise((resolve) => setTimeout(resolve, 10));
      // Unconfirmed, or number 1 again: never number 2.
      return results.slice(count).map(({ faces }) => faces[0]?.id);
    });
    expect(hasLostIt).not.toContain(2);
    await expect.poll(idOf, WAIT).toBe(1);
  });

  test('continues while the page is hidden, and when it is shown again', async () => {
    await watch();
    await moreResults(3);
    // Playwright keeps all pages visible, so `document.hidden` is overridden, and frame callbacks are held back as in
    // hidden pages.
    const setHidden = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
        const { video } = (kept as unknown as Kept).camera;
        if (isHidden) video.requestVideoFrameCallback = () => 0;
        else Reflect.deleteProperty(video, 'requestVideoFrameCallback');
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await setHidden(true);
    await moreResults(5);
    await setHidden(false);
    await moreResults(10);
    expect(await page.evaluate(() => (kept as unknown as Kept).errors)).toEqual([]);
  });

  test('continues after the browser has frozen the page', async () => {
    await watch();
    await moreResults(3);
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await moreResults(10);
    expect(await page.evaluate(() => (kept as unknown as Kept).errors)).toEqual([]);
  });

  test('ends the watch with an error if the worker dies', async () => {
    await watch();
    await moreResults(3);
    await page.workers()[0]?.evaluate('self.close()');
    await expect
      .poll(() => page.evaluate(() => (kept as unknown as Kept).errors), WAIT)
      .toEqual([expect.stringMatching(/^worker: ended .*create another analyzer$/)]);
    const count = await countResults();
    const code = await page.evaluate(() =>
      analyzer.analyze(new ImageData(8, 8)).catch((error: unknown) => (error as { code: string }).code),
    );
    expect(code).toBe('WORKER_FAILED');
    expect(await countResults()).toBe(count);
    // The frame that the worker had when it died: nobody can close it. Chromium says so some ten seconds later.
    await page.context().close();
    site.forgetComplaints(/VideoFrame was garbage collected/);
  });

  test('is released by stop(): ends its track and empties its element', async () => {
    page = await site.open(['camera']);
    const states = await page.evaluate(async () => {
      const video = document.createElement('video');
      const camera = await mien.openCamera({ video, width: 320, height: 240, frameRate: 10 });
      const [track] = camera.stream.getVideoTracks();
      const before = [track?.readyState, camera.video === video, video.srcObject === camera.stream];
      camera.stop();
      return { before, after: [track?.readyState, video.srcObject] };
    });
    expect(states).toEqual({ before: ['live', true, true], after: ['ended', null] });
  });

  test('is cancelled or released by a signal', async () => {
    page = await site.open(['camera']);
    const results = await page.evaluate(async () => {
      const early = new AbortController();
      const opening = mien.openCamera({ signal: early.signal }).then(
        () => 'opened',
        (error: unknown) => (error as Error).name,
      );
      early.abort();
      const late = new AbortController();
      const { stream } = await mien.openCamera({ signal: late.signal });
      late.abort();
      return { opening: await opening, state: stream.getVideoTracks()[0]?.readyState };
    });
    expect(results).toEqual({ opening: 'AbortError', state: 'ended' });
  });

  test('is cancelled by a signal while it waits for its first frame', async () => {
    page = await site.open(['camera']);
    const result = await page.evaluate(async () => {
      // A camera that gives no frame, in an element that plays it all the same: Chromium's fake camera has one at once.
      const stream = document.createElement('canvas').captureStream(0);
      navigator.mediaDevices.getUserMedia = () => Promise.resolve(stream);
      const video = document.createElement('video');
      let hasPlayed: () => void = () => undefined;
      const playing = new Promise<void>((resolve) => (hasPlayed = resolve));
      video.play = () => {
        hasPlayed();
        return Promise.resolve();
      };
      const controller = new AbortController();
      const opening = mien.openCamera({ video, signal: controller.signal }).then(
        () => 'opened',
        (error: unknown) => (error as Error).name,
      );
      await playing;
      await new Promise((resolve) => setTimeout(resolve));
      Object.assign(kept, { video });
      controller.abort();
      return { opening: await opening, state: stream.getVideoTracks()[0]?.readyState };
    });
    expect(result).toEqual({ opening: 'AbortError', state: 'ended' });
    const session = await page.context().newCDPSession(page);
    const { result: video } = await session.send('Runtime.evaluate', { expression: 'kept.video' });
    const { listeners } = await session.send('DOMDebugger.getEventListeners', {
      objectId: video.objectId ?? '',
    });
    expect(listeners).toEqual([]);
  });

  test('is listed, and opened by its id', async () => {
    page = await site.open(['camera']);
    const { cameras, deviceId } = await page.evaluate(async () => {
      const cameras = await mien.listCameras();
      const camera = await mien.openCamera({ deviceId: cameras[0]?.deviceId ?? '' });
      camera.stop();
      return { cameras, deviceId: camera.deviceId };
    });
    expect(cameras).toEqual([{ deviceId, label: join(folder, 'camera.mjpeg') }]);
    expect(await problemOf("mien.openCamera({ deviceId: 'absent' })")).toMatchObject({
      problem: 'unsuitable',
    });
  });

  test('reports denied permission', async () => {
    page = await site.open();
    expect(await problemOf('mien.openCamera()')).toEqual({
      problem: 'denied',
      code: 'INPUT_UNREADABLE',
      message: 'camera: access was denied; allow it in the address bar and try again',
    });
  });

  test('reports a busy camera', async () => {
    page = await site.open(['camera']);
    await page.evaluate(() => {
      // Chromium's fake camera can be shared by any number of programs, so the browser's error is simulated.
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));
    });
    expect(await problemOf('mien.openCamera()')).toMatchObject({
      problem: 'busy',
      message: 'camera: in use by another program; close that and try again',
    });
  });

  test('reports a lost camera', async () => {
    page = await site.open(['camera']);
    await page.evaluate(async () => {
      const { stream } = await mien.openCamera({ onLost: (error) => Object.assign(kept, { lost: error }) });
      Object.assign(kept, { stream });
    });
    await page.context().clearPermissions();
    const lost = () =>
      page.evaluate(() => {
        const { lost, stream } = kept as { lost?: CameraError; stream: MediaStream };
        return { problem: lost?.problem, state: stream.getVideoTracks()[0]?.readyState };
      });
    await expect.poll(lost, WAIT).toEqual({ problem: 'lost', state: 'ended' });
  });

  test('is unavailable in a page that is not secure, but pictures are analysed', async () => {
    page = await site.open();
    const { port } = new URL(site.server.origin);
    await page.goto(`http://insecure.example:${port}/`);
    await page.waitForFunction(() => 'mien' in globalThis);
    expect(await problemOf('mien.openCamera()')).toMatchObject({ problem: 'insecure' });
    const expressions = await page.evaluate(async () => {
      const analyzer = await mien.createAnalyzer();
      const { faces } = await analyzer.analyze(await (await fetch('/portrait.png')).blob());
      return faces.map(({ expression }) => expression);
    });
    expect(expressions).toEqual(['happy']);
  });
});

describe.skipIf(CHROMIUM === undefined)('without a camera', () => {
  test(
    'reports that there is none',
    async () => {
      const site = await startSite();
      try {
        const page = await site.open(['camera']);
        const problem = await page.evaluate(() =>
          mien.openCamera().catch((error: unknown) => (error as CameraError).problem),
        );
        expect(problem).toBe('missing');
        expect(await page.evaluate(() => mien.listCameras())).toEqual([]);
      } finally {
        await site.close();
      }
    },
    START_TIMEOUT_MS,
  );
});
