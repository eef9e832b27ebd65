/** Which sheet is open over the window. */
import { signal } from '@preact/signals';

export type SheetName = 'keys' | 'about' | 'consent' | 'network' | 'send' | 'unsaved';

export const shownSheet = signal<SheetName | undefined>(undefined);

export function openSheet(name: SheetName): void {
  shownSheet.value = name;
}

export function isSheetOpen(): boolean {
  return shownSheet.peek() !== undefined;
}
