/** The measurements of `npm run soak` in short: that they measure what they say, and what holds however busy the machine is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureFirstResult } from '../../bench/soak/first-result.js';
import { exceeded } from '../../bench/soak/limits.js';
import { measureLiveAnalysis } from '../../bench/soak/live-analysis.js';
import { measureCameraMemory, measureVideoMemory } from '../../bench/soak/memory-growth.js';
import { openStudio, type Studio } from '../../bench/soak/open-studio.js';
import { HAS_FFMPEG, makePortraitVideo } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { makeCameraOfTwo } from '../synthetic-video/camera-file.js';

const canRun = CHROMIUM !== undefined && HAS_FFMPEG && process.platform === 'linux';

describe.skipIf(!canRun)('the soak of the studio (needs Linux, Chromium and ffmpeg)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-soak-'));
  const video = join(folder, 'portrait.webm');
  let studio: Studio;
  beforeAll(async () => {
    const { flags } = await makeCameraOfTwo(join(folder, 'camera.mjpeg'));
    await makePortraitVideo(video, 0.6);
    studio = await openStudio(flags);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await studio.close();
    rmSync(folder, { recursive: true });
  });

  it('drops frames that a worker has no time for, and queues none', async () => {
    const live = await measureLiveAnalysis(studio, { seconds: 2, slowdown: 4 });
    expect(live.results).toBeGreaterThan(5);
    expect(live.results).toBeLessThanOrEqual(live.framesPresented + 1);
    expect(live.mostInFlight).toBe(1);
    expect(live.ageMs.median).toBeGreaterThan(0);
    expect(live.tasks).toBeGreaterThan(20);
  });

  it('holds no more after another video, and no address of one that is closed', async () => {
    const { rows, growth } = await measureVideoMemory(studio, { video, videos: 4, samples: 2 });
    expect(rows.map(({ videos, blobUrls, workers }) => ({ videos, blobUrls, workers }))).toEqual([
      { videos: 2, blobUrls: 1, workers: 1 },
      { videos: 4, blobUrls: 1, workers: 1 },
    ]);
    expect(rows[0]?.wasmMb).toBeGreaterThan(1);
    expect(rows[0]?.heapMb).toBeGreaterThan(1);
    expect(rows[0]?.processMb).toBeGreaterThan(20);
    expect(growth.wasmMb).toBe(0);
    expect(growth.listeners).toBeLessThanOrEqual(20);
  });

  it('holds no more WebAssembly memory after more frames', async () => {
    const { rows, growth } = await measureCameraMemory(studio, { frames: 60, samples: 2 });
    expect(rows.map(({ frames }) => frames >= 30)).toEqual([true, true]);
    expect(growth.wasmMb).toBe(0);
  });

  it('says when a limit is exceeded, or nothing was measured', async () => {
    const firstResult = await measureFirstResult(studio, { times: 1 });
    expect(firstResult.medianMs).toBeGreaterThan(0);
    const tasks = { tasks: 1, longTasks: 0, longestTaskMs: 1, longTasksByTheClock: 0, longestTaskByTheClockMs: 1 }; // prettier-ignore
    const live = { slowdown: 1, seconds: 1, framesPresented: 1, results: 1, mostInFlight: 1, ageMs: { median: 1, p95: 1, longest: 1 }, ...tasks }; // prettier-ignore
    const held = { heapMb: 1, wasmMb: 1, processMb: 1, workers: 1, nodes: 1, listeners: 1 };
    const growth = { heapMb: 0, wasmMb: 0, processMb: 0, workers: 0, nodes: 0, listeners: 0 };
    const good = {
      firstResult: { ...firstResult, medianMs: 1 },
      live,
      throttled: live,
      videos: { videos: 1, rows: [{ videos: 1, blobUrls: 1, ...held }], growth },
      camera: { frames: 1, rows: [{ frames: 1, ...held }], growth },
    };
    expect(exceeded(good)).toEqual([]);
    const bad = {
      ...good,
      live: { ...live, longTasks: 2 },
      throttled: { ...live, ageMs: { ...live.ageMs, longest: NaN } },
      camera: { ...good.camera, growth: { ...growth, heapMb: 40 } },
    };
    expect(exceeded(bad)).toEqual([
      'live: long tasks: 2, the limit is 0',
      'throttled: age of the oldest frame, ms: NaN, the limit is 1000',
      'camera: growth of heapMb: 40, the limit is 5',
    ]);
  });
});
