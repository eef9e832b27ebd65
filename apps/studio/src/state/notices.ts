/** Messages about what could not be done. Everything else keeps running. */
import { signal } from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: 'problem' | 'done';
}

export const notices = signal<readonly Notice[]>([]);
let nextId = 1;

/** As many as a screen has room for; older ones go. */
const MOST = 4;

export function notify(text: string, kind: Notice['kind'] = 'problem'): void {
  const others = notices.value.filter((notice) => notice.text !== text);
  notices.value = [...others, { id: nextId++, text, kind }].slice(-MOST);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
