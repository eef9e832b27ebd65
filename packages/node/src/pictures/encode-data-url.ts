import { loadSharp } from './load-sharp.js';

/**
 * Encodes grey pixels as a PNG in a `data:` URL.
 *
 * @param picture `[height, width]` bytes
 * @param maxSide maximum side in pixels; smaller pictures keep their size
 */
export async function encodeDataUrl(
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  maxSide: number,
): Promise<string> {
  const png = await loadSharp()(data, { raw: { width, height, channels: 1 } })
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
