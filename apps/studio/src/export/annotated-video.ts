/** Writes what is open as a video, with the faces drawn in as the scene shows them. */
import { hiddenFacesOf, savedMarksOf } from '../scene/marks-of.js';
import { notify } from '../state/notices.js';
import { framesOf, timeOf } from '../state/recording.js';
import { mainId, sceneClosing } from '../state/scene.js';
import { videoJob } from '../state/video-job.js';
import { annotateVideo } from '../video/video-client.js';
import type { VideoContainer } from '../video/messages.js';
import { noteVideoSaved } from '../unsaved/unsaved.js';
import { words } from '../words/words.js';
import { download } from './download.js';
import { fileName } from './file-name.js';

export interface VideoToWrite {
  readonly file: Blob;
  readonly container: VideoContainer;
  /** Whether boxes and labels are drawn; hidden faces are covered in any case. */
  readonly hasMarks: boolean;
}

/** The time left is shown only after this long, since the first frames are slow. */
const ESTIMATE_AFTER_MS = 1500;

/** @returns whether it was saved: it can be cancelled */
export async function saveAnnotatedVideo(video: VideoToWrite): Promise<boolean> {
  const { file, container, hasMarks } = video;
  if (videoJob.peek() !== undefined) return false;
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, sceneClosing()]);
  const begunMs = performance.now();
  const report = (part: number): void => {
    const spentMs = performance.now() - begunMs;
    const leftMs = part > 0 && spentMs > ESTIMATE_AFTER_MS ? (spentMs * (1 - part)) / part : undefined;
    videoJob.value = { part, leftMs, cancel: () => stopping.abort() };
  };
  report(0);
  const frames = framesOf(mainId.peek());
  const { width, height } = frames[0] ?? { width: 1, height: 1 };
  try {
    const { bytes, lostSound } = await annotateVideo(
      {
        kind: 'annotate',
        file,
        container,
        picture: { width, height },
        moments: hasMarks ? frames.map((frame) => ({ atMs: timeOf(frame), marks: savedMarksOf(frame) })) : [],
        hidden: frames.flatMap(hiddenFacesOf),
        fontFamily: getComputedStyle(document.body).fontFamily,
      },
      report,
      signal,
    );
    const ending = hasMarks ? 'annotated' : 'covered';
    download(new Blob([bytes]), fileName(`-${ending}.${container}`), `video/${container}`);
    noteVideoSaved(file);
    if (lostSound !== undefined) notify(words.peek().video.lostSound(lostSound));
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  } finally {
    videoJob.value = undefined;
  }
}
