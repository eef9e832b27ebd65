import { download } from '../../export/download.js';
import { notify } from '../../state/notices.js';
import { toImageData } from './grey-picture.js';
import { taughtLabels } from './labels.js';

/** A zip with a folder for each label, as `mien train --data` reads them once unpacked. */
export async function savePictures(): Promise<void> {
  try {
    const { zipSync } = await import('fflate');
    const files: Record<string, Uint8Array> = {};
    for (const { name, pictures } of taughtLabels.peek()) {
      for (const [index, { picture }] of pictures.entries()) {
        const canvas = new OffscreenCanvas(picture.width, picture.height);
        canvas.getContext('2d')?.putImageData(toImageData(picture), 0, 0);
        const png = await canvas.convertToBlob({ type: 'image/png' });
        files[`pictures/${name}/${String(index + 1).padStart(4, '0')}.png`] = new Uint8Array(
          await png.arrayBuffer(),
        );
      }
    }
    // Pictures are compressed already.
    const zip = zipSync(files, { level: 0 });
    download(new Blob([zip]), 'pictures.zip', 'application/zip');
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error));
  }
}
