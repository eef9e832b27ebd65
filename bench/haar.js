// Haar on a grey picture of 640×480 with the command's settings, and with OpenCV's smaller default step.
// peers/opencv-haar.py times OpenCV on the same picture, also on one thread.
// @ts-check
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { createHaarDetector } from '@mien/core';
import { measure, report } from './measure.js';

const [WIDTH, HEIGHT] = [640, 480];
const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** The example portrait in Pillow's grey, repeated to fill the picture. */
const { data, info } = await sharp(file('../examples/eileen-collins.png'))
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const picture = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
  const at = 3 * ((Math.floor(i / WIDTH) % info.height) * info.width + ((i % WIDTH) % info.width));
  const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
});
const frame = { width: WIDTH, height: HEIGHT, channels: /** @type {const} */ (1), data: picture };
const cascade = await readFile(file('../models/haar-frontalface/cascade.bin'));

/** @type {Record<string, object | string>} */
const results = { picture: createHash('sha256').update(picture).digest('hex').slice(0, 16) };
for (const [name, scaleFactor] of /** @type {const} */ ([
  ['mien, haar', 1.3],
  ['mien, haar at 1.1', 1.1],
])) {
  const detector = await createHaarDetector({ cascade, scaleFactor, minNeighbors: 5 });
  results[name] = await measure(() => detector.detect(frame));
}
report(results);
