/** Files that were chosen, dropped or pasted: the first video, or else whatever a browser may decode as a picture. */
import { openPictures } from './pictures.js';
import { openVideo } from './video.js';

export function openFiles(files: readonly File[]): void {
  const visible = files.filter(({ name }) => !name.startsWith('.'));
  const [video] = visible.filter(({ type }) => type.startsWith('video/'));
  if (video !== undefined) void openVideo(video);
  else openPictures(visible);
}
