/** What was read of a camera outlives it: without its video, until something else is opened or everything is wiped. */
import { batch } from '@preact/signals';
import { playPosition } from '../scene/video-player.jsx';
import { collectPosters } from '../session/posters.js';
import { marks } from '../state/marks.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { addFrame, clearRecording, framesOf, SAMPLE_INTERVAL_MS, timeOf } from '../state/recording.js';
import { labels, mainId, openScene, shownModels } from '../state/scene.js';

/**
 * Takes what the camera's scene holds; to be called before that is closed.
 *
 * @returns shows it; `undefined` where no face was read and nothing marked
 */
export function keepSession(size: {
  readonly width: number;
  readonly height: number;
}): ((signal: AbortSignal) => Promise<void>) | undefined {
  const frames = [...framesOf(mainId.peek())];
  if (!frames.some(({ faces }) => faces.length > 0) && marks.peek().length === 0) return undefined;
  const kept = {
    marks: marks.peek(),
    names: names.peek(),
    hidden: hiddenKeys.peek(),
    merged: merged.peek(),
  };
  // Another id than that of the model: its readings of what is opened next are not mixed with these.
  const savedModel = {
    id: `saved ${mainId.peek()}`,
    name: shownModels.peek()[0]?.name ?? '',
    labels: labels.peek(),
  };
  const seen = collectPosters();
  return async (signal) => {
    const posters = (await seen).map((poster) => ({ ...poster, url: URL.createObjectURL(poster.file) }));
    const release = () => {
      for (const { url } of posters) URL.revokeObjectURL(url);
    };
    if (signal.aborted) {
      release();
      return;
    }
    batch(() => {
      openScene(
        {
          kind: 'session',
          name: 'camera',
          durationMs: timeOf(frames.at(-1)) + SAMPLE_INTERVAL_MS,
          ...size,
          savedModel,
          posters,
          isOfCamera: true,
        },
        () => {
          clearRecording();
          release();
        },
      );
      clearRecording();
      for (const frame of frames) addFrame(savedModel.id, frame);
      playPosition.value = timeOf(frames.findLast(({ faces }) => faces.length > 0));
      names.value = kept.names;
      hiddenKeys.value = kept.hidden;
      merged.value = kept.merged;
      marks.value = kept.marks;
    });
  };
}
