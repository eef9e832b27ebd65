/** The texts in the language that was chosen: in the address (`?lang=zh`), or else the browser's. */
import { computed } from '@preact/signals';
import { settings } from '../state/settings.js';
import { en, type Words } from './en.js';
import { zh } from './zh.js';

export const LANGUAGES = { en, zh } as const satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

export const words = computed<Words>(() => LANGUAGES[settings.value.language]);

/** An expression in the chosen language; a label of the person's own model as it is. */
export function expressionName(label: string): string {
  const names: Readonly<Record<string, string>> = words.value.expressions;
  return names[label] ?? label;
}
