/** The labels, and the pictures that were gathered for each. In memory only; wiped with everything else. */
import { computed, signal } from '@preact/signals';
import { FER2013_LABELS } from '@mien/core';
import { mainReader } from '../../state/readers.js';
import { onWipe } from '../../state/wipers.js';
import { fitTo, type GreyPicture, type Size } from './grey-picture.js';

export const ORIGINS = ['camera', 'file', 'session'] as const;

export interface TaughtPicture {
  readonly id: number;
  readonly name: string;
  readonly origin: (typeof ORIGINS)[number];
  readonly picture: GreyPicture;
}

/** A file in which no face was found. */
export interface RefusedFile {
  readonly id: number;
  readonly file: File;
}

export interface TaughtLabel {
  readonly id: number;
  readonly name: string;
  readonly pictures: readonly TaughtPicture[];
  readonly refused: readonly RefusedFile[];
}

/** As many as a network of ours may have. */
export const MOST_LABELS = 50;

let nextId = 1;
const toLabel = (name: string): TaughtLabel => ({ id: nextId++, name, pictures: [], refused: [] });

export const taughtLabels = signal<readonly TaughtLabel[]>(FER2013_LABELS.map(toLabel));
export const pictureCount = computed(() =>
  taughtLabels.value.reduce((sum, { pictures }) => sum + pictures.length, 0),
);

onWipe(() => {
  taughtLabels.value = FER2013_LABELS.map(toLabel);
});

/** All pictures have the size of the first one; before it, that of the input of the model that crops. */
export function pictureSize(): Size | undefined {
  const [first] = taughtLabels.peek().flatMap(({ pictures }) => pictures.slice(0, 1));
  return first?.picture ?? mainReader.peek()?.analyzer.model.input;
}

/** In place of what was there; only where nothing was gathered. */
export function startLabels(names: readonly string[]): void {
  taughtLabels.value = names.map(toLabel);
}

export function addLabel(name: string): TaughtLabel {
  const label = toLabel(name);
  taughtLabels.value = [...taughtLabels.peek(), label];
  return label;
}

export function renameLabel(id: number, name: string): void {
  change(id, () => ({ name }));
}

export function removeLabel(id: number): void {
  taughtLabels.value = taughtLabels.peek().filter((label) => label.id !== id);
}

export function addPicture(
  labelId: number,
  { picture, ...rest }: Pick<TaughtPicture, 'name' | 'origin' | 'picture'>,
): void {
  const fitted = fitTo(picture, pictureSize() ?? picture);
  change(labelId, ({ pictures }) => ({
    pictures: [...pictures, { ...rest, id: nextId++, picture: fitted }],
  }));
}

export function removePicture(labelId: number, id: number): void {
  change(labelId, ({ pictures }) => ({ pictures: pictures.filter((one) => one.id !== id) }));
}

export function refuse(labelId: number, file: File): void {
  change(labelId, ({ refused }) => ({ refused: [...refused, { id: nextId++, file }] }));
}

export function forgetRefused(labelId: number, ids: readonly number[]): void {
  change(labelId, ({ refused }) => ({ refused: refused.filter(({ id }) => !ids.includes(id)) }));
}

function change(id: number, changed: (label: TaughtLabel) => Partial<TaughtLabel>): void {
  taughtLabels.value = taughtLabels
    .peek()
    .map((label) => (label.id === id ? { ...label, ...changed(label) } : label));
}
