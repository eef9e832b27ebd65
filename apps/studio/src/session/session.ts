/** Saving what is shown to a file, and opening it again. */
import { batch } from '@preact/signals';
import { playPosition } from '../scene/video-player.jsx';
import { marks } from '../state/marks.js';
import { notify } from '../state/notices.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { addFrame, clearRecording, framesOf, timeOf } from '../state/recording.js';
import { labels, mainId, mainResult, openScene, scene, shownModels, type Picture } from '../state/scene.js';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { parseSessionFile, toSessionFile, type SavedPicture, type Session } from './session-file.js';

/** @param withPictures whether the files of pictures are put into it */
export async function saveSession(withPictures: boolean): Promise<string> {
  const now = scene.peek();
  const frames = now.kind === 'pictures' ? [] : framesOf(mainId.peek());
  const { width, height } = frames.at(-1) ?? mainResult.peek() ?? { width: 0, height: 0 };
  const pictures = now.kind === 'pictures' ? now.pictures : [];
  return toSessionFile({
    kind: now.kind === 'pictures' || now.kind === 'camera' ? now.kind : 'video',
    name: now.kind === 'video' || now.kind === 'session' ? now.name : (pictures[0]?.name ?? 'camera'),
    durationMs: 'durationMs' in now ? now.durationMs : timeOf(frames.at(-1)),
    width,
    height,
    model: {
      id: mainId.peek(),
      name: shownModels.peek()[0]?.name ?? '',
      labels: labels.peek(),
    },
    detector: settings.peek().detector,
    names: [...names.peek()],
    hidden: [...hiddenKeys.peek()],
    merged: [...merged.peek()],
    marks: marks.peek(),
    frames,
    pictures: await Promise.all(pictures.map((one) => toSavedPicture(one, withPictures))),
  });
}

async function toSavedPicture({ name, file, results }: Picture, withData: boolean): Promise<SavedPicture> {
  const data = withData && file !== undefined ? await toBase64(file) : undefined;
  return { name, result: results.get(mainId.peek()), data };
}

/** Shows a saved session in the place of what was shown before. A damaged one is named. */
export async function openSession(file: File): Promise<void> {
  try {
    showSession(parseSessionFile(await file.text()));
  } catch (error) {
    notify(words.peek().problems.other(file.name, error instanceof Error ? error.message : String(error)));
  }
}

function showSession(session: Session): void {
  const { kind, name, durationMs, width, height, frames } = session;
  // Another id than that of a model that is loaded: its readings are not mixed with those of the file.
  const savedModel = { ...session.model, id: `saved ${session.model.id}` };
  batch(() => {
    if (kind === 'pictures') {
      const pictures = session.pictures.map((picture, index) => toPicture(picture, savedModel.id, index));
      openScene({ kind, pictures, index: 0, savedModel }, () => {
        for (const { url } of pictures) if (url !== '') URL.revokeObjectURL(url);
      });
    } else {
      openScene({ kind: 'session', name, durationMs, width, height, savedModel }, clearRecording);
      clearRecording();
      for (const frame of frames) addFrame(savedModel.id, frame);
      playPosition.value = timeOf(frames.find(({ faces }) => faces.length > 0));
    }
    names.value = new Map(session.names);
    hiddenKeys.value = new Set(session.hidden);
    merged.value = new Map(session.merged);
    marks.value = session.marks;
  });
}

function toPicture({ name, result, data }: SavedPicture, modelId: string, index: number): Picture {
  const file = data === undefined ? undefined : fromBase64(data);
  return {
    id: -1 - index, // Not one that an opened picture has.
    name,
    url: file === undefined ? '' : URL.createObjectURL(file),
    ...(file !== undefined && { file }),
    results: new Map(result === undefined ? [] : [[modelId, result]]),
  };
}

async function toBase64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

function fromBase64(text: string): Blob {
  return new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]);
}
