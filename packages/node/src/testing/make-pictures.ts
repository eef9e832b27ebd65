/** Writes small pictures, for folders that look like published datasets. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const PORTRAIT = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));

/** A grey pattern that depends on the seed; the format follows from the extension. */
export async function writePattern(path: string, seed: number, width = 24, height = 24): Promise<void> {
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const wave =
      Math.sin(x * (seed % 7) * 2.1 + y * ((seed * 5) % 11) + seed) + Math.cos(y * 6 + x * (seed % 5) - seed);
    return 128 + 55 * wave;
  });
  await mkdir(dirname(path), { recursive: true });
  await sharp(data, { raw: { width, height, channels: 1 } }).toFile(path);
}

/** A real face with its background, 256×256; each `brightness` gives another picture. */
export async function writePortrait(path: string, brightness: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sharp(PORTRAIT).resize(256).modulate({ brightness }).toFile(path);
}
