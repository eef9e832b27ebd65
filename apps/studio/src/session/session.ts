/** Saving what is shown to a file, and opening it again. */
import { batch } from '@preact/signals';
import { MienError, type Analysis } from '@mien/core';
import { playPosition } from '../scene/video-player.jsx';
import { cropOf, restoreCrops } from '../state/crops.js';
import { marks } from '../state/marks.js';
import { notify } from '../state/notices.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { beginOpening, isWiped } from '../state/opening.js';
import { addFrame, clearRecording, framesOf, timeOf } from '../state/recording.js';
import {
  keyOf,
  mainId,
  mainResult,
  modelsRead,
  openScene,
  scene,
  type Picture,
  type Poster,
} from '../state/scene.js';
import { settings } from '../state/settings.js';
import { mayReplace } from '../unsaved/may-replace.js';
import { noteSessionSaved, takeSnapshot } from '../unsaved/unsaved.js';
import { words } from '../words/words.js';
import { fromBase64, toBase64 } from './base64.js';
import { collectPosters } from './posters.js';
import {
  parseSessionFile,
  toSessionFile,
  type SavedPicture,
  type SavedPoster,
  type Session,
} from './session-file.js';

/** @param withPictures whether pictures are put into it: the files, or small ones of faces and marked moments */
export async function saveSession(withPictures: boolean): Promise<string> {
  const now = scene.peek();
  const isOfPictures = now.kind === 'pictures';
  const frames = isOfPictures ? [] : framesOf(mainId.peek());
  const [model = { id: '', name: '', labels: [] }, ...others] = modelsRead();
  const { width, height } = frames.at(-1) ?? mainResult.peek() ?? { width: 0, height: 0 };
  const pictures = now.kind === 'pictures' ? now.pictures : [];
  return toSessionFile({
    kind: now.kind === 'pictures' || now.kind === 'camera' ? now.kind : 'video',
    name: now.kind === 'video' || now.kind === 'session' ? now.name : (pictures[0]?.name ?? 'camera'),
    durationMs: 'durationMs' in now ? now.durationMs : lengthOfCamera(),
    width,
    height,
    model,
    others: others.map((other) => ({
      model: other,
      frames: isOfPictures ? [] : framesOf(other.id),
      results: pictures.map(({ results }) => results.get(other.id)),
    })),
    detector: settings.peek().detector,
    names: [...names.peek()],
    hidden: [...hiddenKeys.peek()],
    merged: [...merged.peek()],
    marks: marks.peek(),
    frames,
    crops: withPictures
      ? toCrops(now.kind === 'pictures' ? pictures.map(({ results }) => results.get(mainId.peek())) : frames)
      : [],
    posters: withPictures ? await toPosters() : [],
    pictures: await Promise.all(pictures.map((one) => toSavedPicture(one, withPictures))),
  });
}

/** 0 for pictures. */
function lengthOfCamera(): number {
  return Math.max(0, ...modelsRead().map(({ id }) => timeOf(framesOf(id).at(-1))));
}

/** Not of hidden faces. */
function toCrops(results: readonly (Analysis | undefined)[]): Session['crops'] {
  return results.map((result) =>
    (result?.faces ?? []).map((face, index) =>
      result === undefined || hiddenKeys.peek().has(keyOf(face, index)) ? undefined : cropOf(result, face),
    ),
  );
}

async function toPosters(): Promise<SavedPoster[]> {
  const posters = await collectPosters();
  return Promise.all(
    posters.map(async ({ atMs, file }) => ({
      atMs,
      data: toBase64(new Uint8Array(await file.arrayBuffer())),
    })),
  );
}

async function toSavedPicture({ name, file, results }: Picture, withData: boolean): Promise<SavedPicture> {
  const data =
    withData && file !== undefined ? toBase64(new Uint8Array(await file.arrayBuffer())) : undefined;
  return { name, result: results.get(mainId.peek()), data };
}

/** Shows a saved session in the place of what was shown before. A damaged one is named. */
export async function openSession(file: File): Promise<void> {
  const opening = beginOpening();
  try {
    const text = await file.text();
    if (opening.aborted) return;
    const session = parseSessionFile(text);
    if (await mayReplace(opening)) showSession(session);
  } catch (error) {
    if (isWiped(opening)) return;
    notify(words.peek().problems.other(file.name, error instanceof Error ? error.message : String(error)));
  }
}

function showSession(session: Session): void {
  const { kind, name, durationMs, width, height, frames } = session;
  // Other ids than those of models that are loaded: their readings are not mixed with those of the file.
  const savedModels = [session.model, ...session.others.map(({ model }) => model)].map((model, index) => ({
    ...model,
    id: `saved ${index} ${model.id}`,
  }));
  const idOf = (index: number) => savedModels[index]?.id ?? '';
  batch(() => {
    if (kind === 'pictures') {
      const pictures = session.pictures.map((picture, at) => {
        const all = [picture.result, ...session.others.map(({ results }) => results[at])];
        const results = all.flatMap((result, index) =>
          result === undefined ? [] : [[idOf(index), result] as const],
        );
        return toPicture(picture, new Map(results), at);
      });
      session.pictures.forEach(({ result }, index) => {
        const crops = session.crops[index];
        if (result !== undefined && crops !== undefined) restoreCrops(result, crops);
      });
      openScene({ kind, pictures, index: 0, savedModels }, () => {
        for (const { url } of pictures) if (url !== '') URL.revokeObjectURL(url);
      });
    } else {
      const posters = session.posters.flatMap(toPoster);
      openScene({ kind: 'session', name, durationMs, width, height, savedModels, posters }, () => {
        clearRecording();
        for (const { url } of posters) URL.revokeObjectURL(url);
      });
      clearRecording();
      frames.forEach((frame, index) => {
        restoreCrops(frame, session.crops[index] ?? []);
        addFrame(idOf(0), frame);
      });
      session.others.forEach((other, index) => {
        for (const frame of other.frames) addFrame(idOf(index + 1), frame);
      });
      playPosition.value = timeOf(frames.find(({ faces }) => faces.length > 0));
    }
    names.value = new Map(session.names);
    hiddenKeys.value = new Set(session.hidden);
    merged.value = new Map(session.merged);
    marks.value = session.marks;
    noteSessionSaved(takeSnapshot());
  });
}

/** Damaged ones are left out. */
function toPoster({ atMs, data }: SavedPoster): Poster[] {
  const bytes = fromBase64(data);
  if (bytes === undefined) return [];
  const file = new Blob([bytes], { type: 'image/jpeg' });
  return [{ atMs, file, url: URL.createObjectURL(file) }];
}

function toPicture({ name, data }: SavedPicture, results: Picture['results'], index: number): Picture {
  const file = data === undefined ? undefined : toBlob(data);
  return {
    id: -1 - index, // Not one that an opened picture has.
    name,
    url: file === undefined ? '' : URL.createObjectURL(file),
    ...(file !== undefined && { file }),
    results,
  };
}

function toBlob(data: string): Blob {
  const bytes = fromBase64(data);
  if (bytes === undefined)
    throw new MienError('INPUT_INVALID', 'session: a picture is damaged; save the session again');
  return new Blob([bytes]);
}
