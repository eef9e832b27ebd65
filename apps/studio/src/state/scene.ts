/** What is shown and what was read in it. */
import { batch, computed, signal } from '@preact/signals';
import type { Analysis, Face } from '@mien/core';
import type { Camera } from '@mien/web';
import { forgetPeople } from './people.js';

/** A picture that was opened, and its results by the id of the model. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  readonly file: Blob;
  /** Of the file, for an image element; given back when the picture is closed. */
  readonly url: string;
  readonly results: ReadonlyMap<string, Analysis>;
}

export type Scene =
  | { readonly kind: 'empty' }
  | { readonly kind: 'pictures'; readonly pictures: readonly Picture[]; readonly index: number }
  | { readonly kind: 'camera'; readonly camera: Camera; readonly isPaused: boolean }
  | {
      readonly kind: 'video';
      readonly name: string;
      readonly url: string;
      readonly durationMs: number;
      readonly width: number;
      readonly height: number;
    };

export interface Rate {
  readonly framesPerSecond: number;
  readonly latencyMs: number;
}

export const scene = signal<Scene>({ kind: 'empty' });
/** Of a camera or video: the results of what is shown now, by the id of the model. */
export const liveResults = signal<ReadonlyMap<string, Analysis>>(new Map());
export const liveRate = signal<Rate | undefined>(undefined);
/** Of the face that the panel shows: its id where faces are followed, else its place. */
export const selectedKey = signal<number | undefined>(undefined);

let releaseCurrent: () => void = () => undefined;

/**
 * Shows something in the place of what was shown before, which is released.
 *
 * @param release lets go of what the scene holds: the camera, addresses of files
 */
export function openScene(next: Scene, release: () => void = () => undefined): void {
  releaseCurrent();
  releaseCurrent = release;
  batch(() => {
    liveResults.value = new Map();
    liveRate.value = undefined;
    selectedKey.value = undefined;
    forgetPeople();
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
      return liveResults.value;
    case 'empty':
      return new Map();
    default:
      return scene.value satisfies never;
  }
});

/** What a face is called: its id where it is followed, else its place, from 1. */
export function keyOf(face: Face, index: number): number {
  return face.id ?? index + 1;
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
