/** What is shown and what was read in it. */
import { batch, computed, signal } from '@preact/signals';
import type { Analysis, Face } from '@mien/core';
import type { Camera } from '@mien/web';
import { marks } from './marks.js';
import { forgetPeople, personOf } from './people.js';
import { readers, type Reader } from './readers.js';
import { modelsRecorded, noteModel } from './recording.js';

/** A picture that was opened, and its results by the id of the model. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  /** Absent in a session that was saved without pictures. */
  readonly file?: Blob;
  /** Of the file, for an image element; given back when the picture is closed. Empty without a file. */
  readonly url: string;
  readonly results: ReadonlyMap<string, Analysis>;
}

/** A small picture of a session's scene. */
export interface Poster {
  readonly atMs: number;
  readonly file: Blob;
  /** Of the file; given back when the session is closed. */
  readonly url: string;
}

/** A model by which a saved session was read. It need not be here any more. */
export interface SavedModel {
  readonly id: string;
  readonly name: string;
  readonly labels: readonly string[];
}

export type Scene =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'pictures';
      readonly pictures: readonly Picture[];
      readonly index: number;
      readonly savedModels?: readonly SavedModel[];
    }
  /** A camera's session, or a video, without what it showed but for a few small pictures. */
  | {
      readonly kind: 'session';
      readonly name: string;
      readonly durationMs: number;
      readonly width: number;
      readonly height: number;
      readonly savedModels: readonly SavedModel[];
      readonly posters: readonly Poster[];
      /** Read just now, and not saved. */
      readonly isOfCamera?: boolean;
    }
  | { readonly kind: 'camera'; readonly camera: Camera; readonly isPaused: boolean }
  | {
      readonly kind: 'video';
      readonly name: string;
      readonly file: Blob;
      readonly url: string;
      /** Of the camera's own recording: models whose results are there already. */
      readonly readBy?: readonly string[];
      readonly durationMs: number;
      readonly width: number;
      readonly height: number;
    };

export interface Rate {
  readonly framesPerSecond: number;
  readonly latencyMs: number;
}

export const scene = signal<Scene>({ kind: 'empty' });
/** Whether what the open camera's readings say is a session of its own: it is not where the camera only serves to teach. */
export const isCameraKept = signal(false);
/** Of a camera or video: the results of what is shown now, by the id of the model. */
export const liveResults = signal<ReadonlyMap<string, Analysis>>(new Map());
export const liveRate = signal<Rate | undefined>(undefined);
/** Of the face that the panel shows: its id where faces are followed, else its place. */
export const selectedKey = signal<number | undefined>(undefined);

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}
/** Of the timeline: what was selected to see its shares. */
export const selectedSpan = signal<Span | undefined>(undefined);

/** Those by which the scene is read: the chosen models, or those of a saved session. */
export const shownModels = computed<readonly SavedModel[]>(() => {
  const { value } = scene;
  const saved = 'savedModels' in value ? value.savedModels : undefined;
  return saved ?? readers.value.map(toModel);
});
/** Id of the model whose readings lead; empty while none is loaded. */
export const mainId = computed(() => shownModels.value[0]?.id ?? '');
/** Labels of that model, in its order: the expressions' colours follow it. */
export const labels = computed<readonly string[]>(() => shownModels.value[0]?.labels ?? []);
export const mainResult = computed(() => results.value.get(mainId.value));

function toModel({ choice, analyzer }: Reader): SavedModel {
  return { id: choice.id, name: choice.name, labels: analyzer.model.labels };
}

/** Those by which something of the scene was read: of a camera also models that were given up since. */
export function modelsRead(): readonly SavedModel[] {
  const shown = shownModels.peek();
  return [...shown, ...modelsRecorded().filter(({ id }) => !shown.some((one) => one.id === id))];
}

/** To be called when a model begins to read a camera. */
export function noteReader(reader: Reader): void {
  noteModel(toModel(reader));
}

let releaseCurrent: () => void = () => undefined;
let closing = new AbortController();

/** Aborts when the scene that is shown now is closed. */
export function sceneClosing(): AbortSignal {
  return closing.signal;
}

/**
 * Shows something in the place of what was shown before, which is released.
 *
 * @param release lets go of what the scene holds: the camera, addresses of files
 */
export function openScene(next: Scene, release: () => void = () => undefined): void {
  closing.abort();
  closing = new AbortController();
  releaseCurrent();
  releaseCurrent = release;
  batch(() => {
    liveResults.value = new Map();
    liveRate.value = undefined;
    selectedKey.value = undefined;
    forgetPeople();
    marks.value = [];
    selectedSpan.value = undefined;
    scene.value = next;
  });
}

export function closeScene(): void {
  openScene({ kind: 'empty' });
}

export const picture = computed(() => {
  const { value } = scene;
  return value.kind === 'pictures' ? value.pictures[value.index] : undefined;
});

/** Results of what is shown, by the id of the model. */
export const results = computed<ReadonlyMap<string, Analysis>>(() => {
  switch (scene.value.kind) {
    case 'pictures':
      return picture.value?.results ?? new Map();
    case 'camera':
    case 'video':
    case 'session':
      return liveResults.value;
    case 'empty':
      return new Map();
    default:
      return scene.value satisfies never;
  }
});

/** What a face is called: the number of its person where it is followed, else its place, from 1. */
export function keyOf(face: Face, index: number): number {
  return face.id === undefined ? index + 1 : personOf(face.id);
}

/** The face of a result that is selected, or else the largest one. */
export function selectedOf(result: Analysis | undefined): { face: Face; key: number } | undefined {
  const faces = (result?.faces ?? []).map((face, index) => ({ face, key: keyOf(face, index) }));
  const chosen = faces.find(({ key }) => key === selectedKey.value);
  return chosen ?? faces.toSorted((a, b) => areaOf(b.face) - areaOf(a.face))[0];
}

function areaOf({ box }: Face): number {
  return box.width * box.height;
}
