/** What the person at the window says about the faces that are followed: a name, or that one is not to be shown. */
import { signal } from '@preact/signals';

export const names = signal<ReadonlyMap<number, string>>(new Map());
export const hiddenKeys = signal<ReadonlySet<number>>(new Set());

export function rename(key: number, name: string): void {
  const next = new Map(names.value);
  if (name.trim() === '') next.delete(key);
  else next.set(key, name.trim());
  names.value = next;
}

export function toggleHidden(key: number): void {
  const next = new Set(hiddenKeys.value);
  if (!next.delete(key)) next.add(key);
  hiddenKeys.value = next;
}

export function forgetPeople(): void {
  names.value = new Map();
  hiddenKeys.value = new Set();
}

/** What a face is called: its name, or its number. */
export function nameOf(key: number): string {
  return names.value.get(key) ?? String(key);
}
