/** Files that were chosen, dropped or pasted: whatever a browser may decode as a picture. */
import { openPictures } from './pictures.js';

export function openFiles(files: readonly File[]): void {
  openPictures(files.filter(({ name }) => !name.startsWith('.')));
}
