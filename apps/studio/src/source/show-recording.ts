/** Shows a camera's recorded video in the place of the camera, with what was read while it was recorded. */
import { batch } from '@preact/signals';
import type { Analysis } from '@mien/core';
import { moveCrops } from '../state/crops.js';
import { marks } from '../state/marks.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { addFrame, clearRecording, framesOf, noteModel, timeOf } from '../state/recording.js';
import { modelsRead, openScene, type SavedModel } from '../state/scene.js';
import { copyVideo } from '../video/video-client.js';
import type { RecordedVideo } from './camera-recording.js';

/** What a session with the camera leaves, in the times of the recorded video. */
export interface CameraSession {
  readonly size: { readonly width: number; readonly height: number };
  readonly frames: readonly (readonly [model: SavedModel, results: readonly Analysis[]])[];
  readonly marks: typeof marks.value;
  readonly names: typeof names.value;
  readonly hidden: typeof hiddenKeys.value;
  readonly merged: typeof merged.value;
}

/**
 * @param startMs when the session's time began, on the page's clock
 */
export function collectSession(
  size: CameraSession['size'],
  startMs: number,
): (toVideoMs: RecordedVideo['toVideoMs']) => CameraSession {
  const kept = {
    marks: marks.peek(),
    names: names.peek(),
    hidden: hiddenKeys.peek(),
    merged: merged.peek(),
  };
  const read = modelsRead().map((model) => [model, [...framesOf(model.id)]] as const);
  return (toVideoMs) => ({
    size,
    ...kept,
    frames: read.map(([model, results]) => [
      model,
      results.flatMap((result) => {
        const timestampMs = toVideoMs(startMs + timeOf(result));
        if (timestampMs === undefined) return [];
        const moved = { ...result, timestampMs };
        moveCrops(result, moved);
        return [moved];
      }),
    ]),
    marks: kept.marks.flatMap((mark) => {
      const atMs = toVideoMs(startMs + mark.atMs);
      return atMs === undefined ? [] : [{ ...mark, atMs: Math.round(atMs) }];
    }),
  });
}

/** @param signal ends it before anything is shown */
export async function showRecording(
  recorded: RecordedVideo,
  toSession: ReturnType<typeof collectSession>,
  signal: AbortSignal,
): Promise<void> {
  const session = toSession(recorded.toVideoMs);
  const file = await toPlayable(recorded);
  if (signal.aborted) return;
  const url = URL.createObjectURL(file);
  batch(() => {
    openScene(
      {
        kind: 'video',
        name: `camera${endingOf(file)}`,
        file,
        url,
        durationMs: recorded.durationMs,
        ...session.size,
        readBy: session.frames.map(([{ id }]) => id),
      },
      () => {
        clearRecording();
        URL.revokeObjectURL(url);
      },
    );
    clearRecording();
    for (const [model, results] of session.frames) {
      noteModel(model);
      for (const result of results) addFrame(model.id, result);
    }
    names.value = session.names;
    hiddenKeys.value = session.hidden;
    merged.value = session.merged;
    marks.value = session.marks;
  });
}

/** What browsers record states no length and has no index, so that players cannot jump in it: a copy has both. */
export async function toPlayable({ file }: RecordedVideo): Promise<Blob> {
  return copyVideo(file).catch(() => file);
}

/** Of what the browser has recorded: `.mp4` or `.webm`. */
export function endingOf({ type }: Blob): string {
  return type === 'video/mp4' ? '.mp4' : '.webm';
}
