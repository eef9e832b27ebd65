/** The camera's recorded video as a file that the person saves. */
import { stopCamera } from '../source/camera.js';
import { takeRecording } from '../source/camera-recording.js';
import { endingOf, toPlayable } from '../source/show-recording.js';
import { hiddenKeys } from '../state/people.js';
import { scene, type Scene } from '../state/scene.js';
import { noteVideoSaved } from '../unsaved/unsaved.js';
import { findContainer } from '../video/encodable.js';
import { words } from '../words/words.js';
import { download } from './download.js';
import { fileName } from './file-name.js';

/** The video as it was recorded. */
export function downloadRecorded({ file }: Extract<Scene, { kind: 'video' }>): void {
  download(file, fileName(endingOf(file)), file.type);
  noteVideoSaved(file);
}

/**
 * Saves it. Where faces are hidden in it, a camera that still runs is stopped first, and they are covered.
 *
 * @returns whether it was saved: covering takes its time, and can be cancelled
 */
export async function saveRecordedVideo(): Promise<boolean> {
  if (hiddenKeys.peek().size > 0) {
    await stopCamera();
    return saveCovered();
  }
  const now = scene.peek();
  if (now.kind === 'video') {
    downloadRecorded(now);
    return true;
  }
  const recorded = await takeRecording();
  if (recorded === undefined) return false;
  const file = await toPlayable(recorded);
  download(file, fileName(endingOf(file)), file.type);
  return true;
}

async function saveCovered(): Promise<boolean> {
  const now = scene.peek();
  if (now.kind !== 'video') return false;
  const container = await findContainer(now);
  if (container === undefined) throw new Error(words.peek().video.cannotEncode);
  const { saveAnnotatedVideo } = await import('./annotated-video.js');
  return saveAnnotatedVideo({ file: now.file, container, hasMarks: false });
}
