/**
 * What the person at the window says about the faces that are followed: a name, that one is not to be shown, or that two
 * numbers are one person.
 */
import { batch, signal } from '@preact/signals';

export const names = signal<ReadonlyMap<number, string>>(new Map());
export const hiddenKeys = signal<ReadonlySet<number>>(new Set());
/** From the number that the follower gave to the number that it belongs to. */
export const merged = signal<ReadonlyMap<number, number>>(new Map());

export function rename(key: number, name: string): void {
  const next = new Map(names.value);
  if (name.trim() === '') next.delete(key);
  else next.set(key, name);
  names.value = next;
}

export function toggleHidden(key: number): void {
  const next = new Set(hiddenKeys.value);
  if (!next.delete(key)) next.add(key);
  hiddenKeys.value = next;
}

/** The number of the person that a followed face belongs to. */
export function personOf(id: number): number {
  return merged.value.get(id) ?? id;
}

/** Makes two people one, which keeps the number and name of the second one. A hidden face stays hidden. */
export function merge(key: number, into: number): void {
  if (key === into) return;
  batch(() => {
    const next = new Map([...merged.value].map(([id, person]) => [id, person === key ? into : person]));
    merged.value = next.set(key, into);
    const name = names.value.get(key);
    if (name !== undefined && !names.value.has(into)) rename(into, name);
    rename(key, '');
    if (hiddenKeys.value.has(key) && !hiddenKeys.value.has(into)) toggleHidden(into);
  });
}

/** Gives the numbers back that were merged into one. */
export function separate(person: number): void {
  merged.value = new Map([...merged.value].filter(([, into]) => into !== person));
}

export function forgetPeople(): void {
  batch(() => {
    names.value = new Map();
    hiddenKeys.value = new Set();
    merged.value = new Map();
  });
}

/** What a face is called: its name, or its number. */
export function nameOf(key: number): string {
  return names.value.get(key)?.trim() ?? String(key);
}
