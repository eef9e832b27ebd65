// Reads the faces of one picture: node examples/read-picture.js [picture]
//
// This uses @mien/core directly: sharp decodes the file, and the models are read from their packages. @mien/node does both for
// you; see quick-start.js.
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

const path = process.argv[2] ?? fileURLToPath(new URL('eileen-collins.png', import.meta.url));
// Rotated by EXIF; transparent areas become white.
const { data, info } = await sharp(path)
  .rotate()
  .flatten({ background: 'white' })
  .toColourspace('srgb')
  .raw()
  .toBuffer({ resolveWithObject: true });

const analyzer = await createAnalyzer({
  model: await loadModel(await readModel('@mien/model-nano')),
  detector: await createBlazeFaceDetector({ model: await readModel('@mien/model-blazeface-short-range') }),
});
const { faces } = analyzer.analyzeImage({ width: info.width, height: info.height, channels: 3, data });
analyzer.dispose();

console.log(faces.length === 1 ? '1 face' : `${faces.length} faces`);
for (const { box, expression, probabilities, quality, unsure } of faces) {
  const place = `${Math.round(box.width)}×${Math.round(box.height)} at ${Math.round(box.x)},${Math.round(box.y)}`;
  console.log(`${place}: ${unsure ? `not sure (${quality.verdict})` : expression}`);
  for (const [label, probability] of Object.entries(probabilities)) {
    console.log(`  ${label.padEnd(9)}${(100 * probability).toFixed(1).padStart(6)} %`);
  }
}
