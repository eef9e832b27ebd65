// How the studio holds up in Chromium: a free page, results that keep up, memory that stays, a quick start.
//
//   npm run soak             20 minutes; writes bench/results/soak.json
//   npm run soak -- --quick  2 minutes; only prints
//
// Exits with 1 when a limit is exceeded. Needs the built studio, Chromium and ffmpeg.
// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeCameraOfTwo } from '../../test/synthetic-video/camera-file.js';
import { measureFirstResult } from './first-result.js';
import { LIMITS, exceeded } from './limits.js';
import { measureLiveAnalysis } from './live-analysis.js';
import { measureCameraMemory, measureVideoMemory } from './memory-growth.js';
import { openStudio } from './open-studio.js';
import { readLoad, report, tellExceeded, writeRecord } from './report.js';

const isQuick = process.argv.includes('--quick');
const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));
const loadBefore = readLoad();

const folder = mkdtempSync(join(os.tmpdir(), 'mien-soak-'));
const { flags } = await makeCameraOfTwo(join(folder, 'camera.mjpeg'));
const video = join(folder, 'portrait.webm');
execFileSync('ffmpeg', ['-v', 'error', '-loop', '1', '-t', '1', '-r', '10', '-i', PORTRAIT, '-vf', 'scale=320:320', '-c:v', 'libvpx', video]); // prettier-ignore
const studio = await openStudio(flags);
try {
  const seconds = isQuick ? 10 : 30;
  const results = {
    firstResult: await report('first result', () => measureFirstResult(studio, { times: isQuick ? 3 : 9 })),
    live: await report('live analysis', () => measureLiveAnalysis(studio, { seconds, slowdown: 1 })),
    throttled: await report('live analysis, 4 times slower', () =>
      measureLiveAnalysis(studio, { seconds, slowdown: 4 }),
    ),
    videos: await report('videos', () =>
      measureVideoMemory(studio, { video, videos: isQuick ? 6 : 50, samples: isQuick ? 3 : 10 }),
    ),
    camera: await report('camera', () =>
      measureCameraMemory(studio, { frames: isQuick ? 900 : 10_000, samples: isQuick ? 3 : 10 }),
    ),
  };
  const problems = exceeded(results);
  tellExceeded(problems);
  if (!isQuick) {
    const conditions = { chromium: studio.browser.version(), loadBefore };
    writeRecord('soak', conditions, { limits: LIMITS, results, exceeded: problems });
  }
} finally {
  await studio.close();
  rmSync(folder, { recursive: true });
}
