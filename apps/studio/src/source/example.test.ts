import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';

const readPixels = (path: string) =>
  sharp(fileURLToPath(new URL(path, import.meta.url)))
    .raw()
    .toBuffer();

it('opens the pixels of the repository’s portrait as its example', async () => {
  const example = await readPixels('./eileen-collins.webp');
  expect(example.equals(await readPixels('../../../../examples/eileen-collins.png'))).toBe(true);
});
