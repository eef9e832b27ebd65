// Pictures and videos to analyse, and what `mien analyze` says of them in one process.
// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PORTRAIT = join(ROOT, 'examples/eileen-collins.png');
const MIEN = join(ROOT, 'packages/cli/bin/mien.js');

/**
 * @typedef {object} Footage
 * @property {readonly { name: string, path: string }[]} files
 * @property {string} expected  what `mien analyze --format json` prints
 */

/**
 * @param {string} folder @param {{ pictures: number, videoSeconds: readonly number[] }} options
 * @returns {Promise<Footage>}
 */
export async function makeFootage(folder, { pictures, videoSeconds }) {
  const names = [];
  for (let index = 0; index < pictures; index++) {
    const name = `${index}.jpg`;
    await sharp(PORTRAIT).resize(300 + (index % 200)).jpeg().toFile(join(folder, name)); // prettier-ignore
    names.push(name);
  }
  for (const [index, seconds] of videoSeconds.entries()) {
    const name = `talk-${index}.mp4`;
    const filters = 'scale=256:256,pad=336:256:x=0:y=0,scroll=h=-0.004';
    const input = ['-loop', '1', '-t', String(seconds), '-r', '10', '-i', PORTRAIT, '-vf', filters];
    const args = ['-v', 'error', '-y', ...input, '-pix_fmt', 'yuv420p', join(folder, name)];
    // Among the pictures, so that both are worked on at once.
    if (spawnSync('ffmpeg', args).status === 0) names.splice((index * names.length) >> 1, 0, name);
  }
  const expected = execFileSync(process.execPath, [MIEN, 'analyze', ...names, '--format', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { files: names.map((name) => ({ name, path: join(folder, name) })), expected };
}
