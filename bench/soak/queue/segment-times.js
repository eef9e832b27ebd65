// How long a segment takes: a minute of video, and how much processor time of it is analysis.
// @ts-check
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAnalyzer } from '@mien/node';
import { enableRelaxedSimd } from '@mien/node/runtime';

const PORTRAIT = fileURLToPath(new URL('../../../examples/eileen-collins.png', import.meta.url));
const SECONDS = 60;

/**
 * One minute with one moving face, 25 frames a second, read frame by frame and 5 times a second, in one process on one thread
 * beside ffmpeg.
 *
 * @param {string} folder
 */
export async function recordSegmentTimes(folder) {
  enableRelaxedSimd();
  const analyzer = await createAnalyzer();
  const rows = [];
  for (const [width, height] of /** @type {const} */ ([
    [640, 360],
    [1920, 1080],
  ])) {
    // prettier-ignore
    const path = join(folder, `${height}.mp4`);
    const filters = `scale=-2:${height},pad=${width}:${height}:x=0:y=0,scroll=h=-0.002`;
    const input = ['-loop', '1', '-t', String(SECONDS), '-r', '25', '-i', PORTRAIT, '-vf', filters];
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      ...input,
      '-preset',
      'veryfast',
      '-pix_fmt',
      'yuv420p',
      path,
    ]);
    for (const every of [undefined, '200ms']) {
      const start = performance.now();
      let frames = 0;
      for await (const _ of analyzer.frames(path, every === undefined ? {} : { every })) frames++;
      const tookMs = Math.round(performance.now() - start);
      rows.push({ width, height, every: every ?? 'all', frames, tookMs });
    }
  }
  await analyzer.dispose();
  return rows;
}
