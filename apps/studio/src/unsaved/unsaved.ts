/**
 * What of the scene is lost when something else takes its place: what was read of a camera, its recorded video, and what
 * the person said about what is open. Everything else is in files that can be opened again.
 */
import { computed, effect, signal } from '@preact/signals';
import { cameraRecording } from '../source/camera-recording.js';
import { dependOn } from '../state/depend-on.js';
import { marks } from '../state/marks.js';
import { hiddenKeys, merged, names } from '../state/people.js';
import { framesOf, timeOf, version } from '../state/recording.js';
import { isCameraKept, modelsRead, scene, sceneClosing, shownModels } from '../state/scene.js';

export type UnsavedPart =
  | {
      readonly kind: 'session';
      /** Of the file that marks and names belong to; `undefined` for a camera, whose readings are lost too. */
      readonly name: string | undefined;
      /** Of what was read of a camera. */
      readonly durationMs: number;
      readonly marks: number;
    }
  | { readonly kind: 'video'; readonly durationMs: number; readonly sizeBytes: number };

/** What a session's file holds of the scene. Each of these values is replaced when it changes. */
interface Snapshot {
  readonly scene: AbortSignal;
  readonly version: number;
  readonly edits: readonly unknown[];
}

const savedSession = signal<Snapshot | undefined>(undefined);
const savedVideo = signal<Blob | undefined>(undefined);

export function takeSnapshot(): Snapshot {
  return { scene: sceneClosing(), version: version.peek(), edits: editsNow() };
}

export function noteSessionSaved(snapshot: Snapshot): void {
  savedSession.value = snapshot;
}

export function noteVideoSaved(file: Blob): void {
  savedVideo.value = file;
}

/** In the order in which they are offered to be saved. */
export const unsaved = computed<readonly UnsavedPart[]>(() => {
  const now = scene.value;
  switch (now.kind) {
    case 'empty':
      return [];
    case 'camera': {
      if (!isCameraKept.value) return [];
      const recorded = cameraRecording.value;
      return [
        ...unsavedReadings(),
        ...(recorded === undefined ? [] : [{ kind: 'video' as const, ...recorded }]),
      ];
    }
    case 'session':
      return now.isOfCamera === true ? unsavedReadings() : unsavedEdits(now.name);
    case 'video': {
      if (now.readBy === undefined) return unsavedEdits(now.name);
      const { file, durationMs } = now;
      const isSaved = savedVideo.value === file;
      return [
        ...unsavedReadings(),
        ...(isSaved ? [] : [{ kind: 'video' as const, durationMs, sizeBytes: file.size }]),
      ];
    }
    case 'pictures':
      return unsavedEdits(now.pictures[0]?.name ?? '');
    default:
      return now satisfies never;
  }
});

function unsavedReadings(): UnsavedPart[] {
  dependOn(version, shownModels);
  const saved = savedNow();
  const read = modelsRead().map(({ id }) => framesOf(id));
  const isAnyFace = read.some((frames) => frames.some(({ faces }) => faces.length > 0));
  const isAnything = marks.value.length > 0 || isAnyFace;
  const isSaved = saved?.version === version.value && areSame(saved.edits, editsNow());
  if (!isAnything || isSaved) return [];
  const durationMs = Math.max(0, ...read.map((frames) => timeOf(frames.at(-1))));
  return [{ kind: 'session', name: undefined, durationMs, marks: marks.value.length }];
}

function unsavedEdits(name: string): UnsavedPart[] {
  const saved = savedNow();
  const isAnything = [names.value, hiddenKeys.value, merged.value].some(({ size }) => size > 0);
  const isChanged =
    saved === undefined ? isAnything || marks.value.length > 0 : !areSame(saved.edits, editsNow());
  return isChanged ? [{ kind: 'session', name, durationMs: 0, marks: marks.value.length }] : [];
}

/** What was saved of the scene that is shown now. */
function savedNow(): Snapshot | undefined {
  return savedSession.value?.scene === sceneClosing() ? savedSession.value : undefined;
}

function editsNow(): readonly unknown[] {
  return [names.value, hiddenKeys.value, merged.value, marks.value];
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.every((one, index) => one === others[index]);
}

/** Has the browser ask before the window is closed or loaded again. */
export function followUnsaved(): () => void {
  const isAnything = computed(() => unsaved.value.length > 0);
  const ask = (event: Event): void => event.preventDefault();
  return effect(() => {
    // Only then: a page that listens is not kept by browsers for the way back.
    if (!isAnything.value) return undefined;
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  });
}
