/** What was read of a camera outlives it: without its video, until something else is opened or everything is wiped. */
import { batch } from '@preact/signals';
import { playPosition } from '../scene/video-player.jsx';
import { collectPosters } from '../session/posters.js';
import { marks } from '../state/marks.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { addFrame, clearRecording, framesOf, SAMPLE_INTERVAL_MS, timeOf } from '../state/recording.js';
import { modelsRead, openScene } from '../state/scene.js';

/**
 * Takes what the camera's scene holds; to be called before that is closed.
 *
 * @returns shows it; `undefined` where no face was read and nothing marked
 */
export function keepSession(size: {
  readonly width: number;
  readonly height: number;
}): ((signal: AbortSignal) => Promise<void>) | undefined {
  // Other ids than those of the models: their readings of what is opened next are not mixed with these.
  const read = modelsRead().map((model) => ({
    model: { ...model, id: `saved ${model.id}` },
    frames: [...framesOf(model.id)],
  }));
  const [lead] = read;
  if (lead === undefined) return undefined;
  const { frames } = lead;
  const isAnyFace = read.some((one) => one.frames.some(({ faces }) => faces.length > 0));
  if (!isAnyFace && marks.peek().length === 0) return undefined;
  const kept = {
    marks: marks.peek(),
    names: names.peek(),
    hidden: hiddenKeys.peek(),
    merged: merged.peek(),
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
          durationMs: Math.max(...read.map((one) => timeOf(one.frames.at(-1)))) + SAMPLE_INTERVAL_MS,
          ...size,
          savedModels: read.map(({ model }) => model),
          posters,
          isOfCamera: true,
        },
        () => {
          clearRecording();
          release();
        },
      );
      clearRecording();
      for (const { model, frames } of read) for (const frame of frames) addFrame(model.id, frame);
      playPosition.value = timeOf(frames.findLast(({ faces }) => faces.length > 0));
      names.value = kept.names;
      hiddenKeys.value = kept.hidden;
      merged.value = kept.merged;
      marks.value = kept.marks;
    });
  };
}
