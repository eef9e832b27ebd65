// From the start of the process to the faces of a 640×480 picture, and how much of it is Node's start and the decoder.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { report } from './measure.js';

const CALLS = 10;
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
  const decode = `import(${JSON.stringify(SHARP)}).then(({ default: sharp }) => sharp(${JSON.stringify(picture)}).raw().toBuffer())`;
  report({
    'mien, start-up to the first result': time([MIEN, 'analyze', picture, '--format', 'json']),
    'start-up, Node and the decoder alone': time(['--eval', decode]),
    'start-up, Node alone': time(['--eval', '0']),
  });
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string[]} args of Node */
function time(args) {
  const timesMs = [];
  for (let call = 0; call < CALLS; call++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    timesMs.push(performance.now() - start);
  }
  timesMs.sort((a, b) => a - b);
  return { medianMs: timesMs[CALLS >> 1], bestMs: timesMs[0], calls: CALLS };
}
