// Follows a face through a synthetic video: node examples/follow-faces.js
//
// The frames are drawn from a portrait that moves over a grey wall, stops, is hidden for half a second and reappears, at a
// varying frame rate. In your program they come from a camera or a file: upright RGB bytes and the time of each frame.
// @ts-check
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';

const require = createRequire(import.meta.url);

/** @param {string} name of a model's package */
async function readModel(name) {
  const manifest = JSON.parse(await readFile(require.resolve(`${name}/manifest.json`), 'utf8'));
  const weights = await readFile(require.resolve(`${name}/${manifest.weights.file}`));
  return { manifest, weights, source: name };
}

const [WIDTH, HEIGHT, FACE] = [640, 480, 240];
/** The portrait's head and shoulders, `[240, 240, 3]`. */
const portrait = await sharp(fileURLToPath(new URL('eileen-collins.png', import.meta.url)))
  .extract({ left: 104, top: 0, width: 240, height: FACE })
  .removeAlpha()
  .raw()
  .toBuffer();

/** @param {number} left @param {number} top in whole pixels */
function drawFrame(left, top) {
  const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(128);
  for (let y = 0; y < FACE; y++) {
    data.set(portrait.subarray(y * FACE * 3, (y + 1) * FACE * 3), ((top + y) * WIDTH + left) * 3);
  }
  return { width: WIDTH, height: HEIGHT, channels: /** @type {const} */ (3), data };
}
const WALL = { ...drawFrame(0, 0), data: new Uint8Array(WIDTH * HEIGHT * 3).fill(128) };

const analyzer = await createAnalyzer({
  model: await loadModel(await readModel('@mien/model-nano')),
  detector: await createBlazeFaceDetector({
    model: await readModel('@mien/model-blazeface-short-range'),
    mode: 'camera',
  }),
  responseTimeMs: 300,
});

let timestampMs = 0;
for (let index = 0; timestampMs <= 3000; index++) {
  const way = Math.min(timestampMs / 2000, 1);
  const isHidden = timestampMs > 2200 && timestampMs < 2700;
  const frame = isHidden
    ? WALL
    : drawFrame(Math.round(20 + 360 * way), Math.round(120 + 80 * Math.sin(6 * way)));

  const { faces } = analyzer.analyzeFrame(frame, timestampMs);

  if (index % 10 === 0) {
    const seen = faces.map(({ id, smoothed, quality, unsure }) => {
      const { box, expression, sinceMs } = smoothed ?? {};
      const place = box && `${Math.round(box.x)},${Math.round(box.y)}`;
      return `face ${id} at ${place}: ${expression} since ${sinceMs} ms, ${unsure ? `unsure (${quality.verdict})` : 'sure'}`;
    });
    console.log(`${String(timestampMs).padStart(4)} ms  ${seen.join('; ') || 'nobody'}`);
  }
  timestampMs += index % 3 === 0 ? 20 : 45;
}
analyzer.dispose();
