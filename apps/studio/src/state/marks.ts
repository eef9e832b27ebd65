/** Times that the person marked, each with a note. */
import { signal } from '@preact/signals';

export interface Mark {
  readonly atMs: number;
  readonly note: string;
}

/** In the order of their times, of which each is there once. */
export const marks = signal<readonly Mark[]>([]);

export function addMark(atMs: number, note = ''): void {
  const time = Math.round(atMs);
  if (marks.peek().some((mark) => mark.atMs === time)) return;
  marks.value = [...marks.peek(), { atMs: time, note }].toSorted((a, b) => a.atMs - b.atMs);
}

export function noteMark(atMs: number, note: string): void {
  marks.value = marks.peek().map((mark) => (mark.atMs === atMs ? { ...mark, note } : mark));
}

export function removeMark(atMs: number): void {
  marks.value = marks.peek().filter((mark) => mark.atMs !== atMs);
}
