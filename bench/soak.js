// How the studio holds up in Chromium: a free page, results that keep up, memory that stays, a quick start.
//
//   npm run soak             20 minutes; writes bench/results/soak.json
//   npm run soak -- --quick  2 minutes; only prints
//
// Exits with 1 when a limit is exceeded. Needs the built studio, Chromium and ffmpeg.
// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeCameraOfTwo } from '../test/synthetic-video/camera-file.js';
import { measureFirstResult } from './soak/first-result.js';
import { LIMITS, exceeded } from './soak/limits.js';
import { measureLiveAnalysis } from './soak/live-analysis.js';
import { measureCameraMemory, measureVideoMemory } from './soak/memory-growth.js';
import { openStudio } from './soak/open-studio.js';

const isQuick = process.argv.includes('--quick');
const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));
const [loadBefore = 0] = os.loadavg();
if (loadBefore > 0.5)
  process.stderr.write(`the machine is busy (load ${loadBefore.toFixed(1)}): expect noise\n`);

const folder = mkdtempSync(join(os.tmpdir(), 'mien-soak-'));
const { flags } = await makeCameraOfTwo(join(folder, 'camera.mjpeg'));
const video = join(folder, 'portrait.webm');
execFileSync('ffmpeg', ['-v', 'error', '-loop', '1', '-t', '1', '-r', '10', '-i', PORTRAIT, '-vf', 'scale=320:320', '-c:v', 'libvpx', video]); // prettier-ignore
const studio = await openStudio(flags);
try {
  const version = studio.browser.version();
  /** @param {string} name @template T @param {() => Promise<T>} measure */
  const report = async (name, measure) => {
    process.stderr.write(`${name} …\n`);
    const result = await measure();
    console.log(`${name}: ${JSON.stringify(result, null, 1)}`);
    return result;
  };
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
  for (const problem of problems) console.log(`exceeded: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('all limits are kept');
  if (!isQuick) {
    const conditions = {
      date: new Date().toISOString().slice(0, 10),
      cpu: (os.cpus()[0]?.model ?? 'unknown').trim(),
      cores: os.cpus().length,
      node: process.version,
      chromium: version,
      loadBefore,
    };
    mkdirSync(new URL('results/', import.meta.url), { recursive: true });
    const record = { conditions, limits: LIMITS, results, exceeded: problems };
    writeFileSync(new URL('results/soak.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  }
} finally {
  await studio.close();
  rmSync(folder, { recursive: true });
}
