/** Damaged pictures and animations. */
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp, type SharpInput } from 'sharp';
import { describe, it } from 'vitest';
import { isAnimatedPng } from '../../packages/node/src/pictures/animated-png.js';
import { checkPicture, decodePixels } from '../../packages/node/src/pictures/decode-picture.js';
import { isMotionJpeg } from '../../packages/node/src/pictures/jpeg-structure.js';
import { readPatches } from '../../packages/node/src/sources/animation-patches.js';
import { readDamaged } from './read-damaged.js';

const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));
const portrait = () => sharp(PORTRAIT).resize(64, 64);
const animated = (): Sharp =>
  sharp(['a', 'b', 'c'].map((text) => ({ text: { text, height: 32 } })) as unknown as SharpInput[], {
    join: { animated: true },
  });

const FILES: readonly (readonly [string, () => Sharp])[] = [
  ['JPEG', () => portrait().jpeg()],
  [
    'JPEG, progressive',
    () =>
      portrait()
        .jpeg({ progressive: true })
        .withExif({ IFD0: { Copyright: 'nobody' } }),
  ],
  ['PNG', () => portrait().png()],
  ['WebP', () => portrait().webp()],
  ['GIF', () => portrait().gif()],
  ['TIFF', () => portrait().tiff({ compression: 'lzw' })],
  ['AVIF', () => portrait().avif({ effort: 0 })],
  ['GIF, animated', () => animated().gif({ delay: [50, 60, 70] })],
  ['WebP, animated', () => animated().webp({ delay: [50, 60, 70] })],
];

async function readPicture(bytes: Uint8Array): Promise<void> {
  isAnimatedPng(bytes);
  isMotionJpeg(bytes);
  const picture = await checkPicture('a picture', bytes);
  if (picture.delays.length === 1) {
    await decodePixels(picture);
    return;
  }
  for (const { file } of readPatches(picture)) await decodePixels({ ...picture, bytes: file });
}

describe('damaged pictures', () => {
  it.each(FILES)('%s', { timeout: 600_000 }, async (format, make) => {
    await readDamaged(format, await make().toBuffer(), readPicture);
  });
});
