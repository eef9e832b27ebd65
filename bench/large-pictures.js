// Pictures of 12 megapixels on one thread, from pixels to expressions: 24 faces of 109 pixels before a plain wall, and the same
// with a lively background, which cannot be skipped. `--min-face 60` is what people use who know that faces are larger.
// @ts-check
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';
import { measure, report } from './measure.js';
import { readModel } from './read-model.js';

const [WIDTH, HEIGHT] = [4000, 3000];
const [COLUMNS, ROWS] = [6, 4];
/** The head of the portrait: its face is 95 of 200 pixels wide. */
const HEAD = { left: 124, top: 16, width: 200, height: 200 };
const HEAD_SIDE = Math.round((109 * 200) / 95);
const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));

const head = await sharp(PORTRAIT).extract(HEAD).resize(HEAD_SIDE, HEAD_SIDE).png().toBuffer();
const places = Array.from({ length: COLUMNS * ROWS }, (_, i) => ({
  input: head,
  left: Math.round(((i % COLUMNS) + 0.4) * (WIDTH / COLUMNS)),
  top: Math.round((Math.floor(i / COLUMNS) + 0.4) * (HEIGHT / ROWS)),
}));

/** @param {boolean} isLively @returns {Promise<import('@mien/core').Frame>} */
async function draw(isLively) {
  const canvas = sharp({
    create: {
      ...{ width: WIDTH, height: HEIGHT, channels: 3, background: '#a9b0b5' },
      ...(isLively && { noise: { type: 'gaussian', mean: 130, sigma: 40 } }),
    },
  });
  const picture = await canvas.png({ compressionLevel: 0 }).toBuffer();
  const { data, info } = await sharp(picture)
    .composite(places)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** @type {Record<string, unknown>} */
const results = {};
for (const minFacePx of [24, 60]) {
  const detector = await createBlazeFaceDetector({ model: readModel('blazeface-short-range'), minFacePx });
  const analyzer = await createAnalyzer({ model: await loadModel(readModel('nano')), detector });
  for (const isLively of [false, true]) {
    const frame = await draw(isLively);
    const name = `mien, 12 megapixels, ${isLively ? 'lively' : 'plain'}, faces from ${minFacePx} px`;
    const { faces } = analyzer.analyzeImage(frame);
    const times = await measure(() => analyzer.analyzeImage(frame), { minCalls: 3 });
    results[name] = { ...times, faces: faces.length };
  }
}
report(results);
