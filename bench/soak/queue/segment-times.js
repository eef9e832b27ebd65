// What a segment costs: a minute of video with one moving face, 25 frames a second.
// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PORTRAIT = fileURLToPath(new URL('../../../examples/eileen-collins.png', import.meta.url));
const RECORD = fileURLToPath(new URL('record-segment.js', import.meta.url));
const SECONDS = 60;

/**
 * Every frame, and 5 frames a second, of a small and a large video. Processor time is that of the worker and its ffmpeg; it is
 * meaningful also on a busy machine.
 *
 * @param {string} folder
 */
export async function recordSegmentTimes(folder) {
  const rows = [];
  for (const [width, height] of /** @type {const} */ ([
    [640, 360],
    [1920, 1080],
  ])) {
    // prettier-ignore
    const path = join(folder, `${height}.mp4`);
    const filters = `scale=-2:${height},pad=${width}:${height}:x=0:y=0,scroll=h=-0.002`;
    const input = ['-loop', '1', '-t', String(SECONDS), '-r', '25', '-i', PORTRAIT, '-vf', filters];
    const encoding = ['-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, ...encoding, path]);
    for (const every of ['all', '200ms']) rows.push({ width, height, every, ...record(path, every) });
  }
  return rows;
}

/** @param {string} path @param {string} every */
function record(path, every) {
  const args = [process.execPath, RECORD, path, ...(every === 'all' ? [] : [every])];
  // bash counts the time of its children and of theirs.
  const script = `TIMEFORMAT='%U %S'; time "$@"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...args], { encoding: 'utf8' });
  const [user = NaN, system = NaN] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const { startS, tookMs, frames, resultBytes } = JSON.parse(stdout);
  const cpuMs = Math.round((user + system - startS) * 1000);
  return { frames, cpuMs, tookMs: Math.round(tookMs), resultBytes };
}
