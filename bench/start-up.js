// Time from the start of the process to the result of a 640×480 picture, and how much of it Node and the picture decoder
// take.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { report } from './measure.js';

const CALLS = 15;
const MIEN = fileURLToPath(new URL('../packages/cli/bin/mien.js', import.meta.url));
const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));
const SHARP = createRequire(import.meta.url).resolve('sharp');

const folder = mkdtempSync(join(tmpdir(), 'mien-bench-'));
try {
  const picture = join(folder, '640x480.jpg');
  await sharp(PORTRAIT)
    .resize(640, 480, { fit: 'cover', position: 'top' })
    .jpeg({ quality: 90 })
    .toFile(picture);
  const decode = `require(${JSON.stringify(SHARP)})(${JSON.stringify(picture)}).raw().toBuffer().then(() => console.log())`;
  report({
    'mien, start-up to the first result': await time([MIEN, 'analyze', picture, '--format', 'ndjson']),
    'start-up, Node and the decoder alone': await time(['--eval', decode]),
    'start-up, Node alone': await time(['--eval', 'console.log()']),
  });
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * Time to the first output: a result is one line.
 *
 * @param {string[]} args of Node
 */
async function time(args) {
  const timesMs = [];
  for (let call = 0; call < CALLS; call++) {
    const start = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    timesMs.push(performance.now() - start);
    child.stdout.resume();
    const [status] = await ended;
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  }
  timesMs.sort((a, b) => a - b);
  return { medianMs: timesMs[CALLS >> 1], bestMs: timesMs[0], calls: CALLS };
}
