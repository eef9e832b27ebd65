/** The texts in the language that was chosen: in the address (`?lang=zh`), or else the browser's. */
import { computed } from '@preact/signals';
import { language } from '../state/preferences.js';
import { en, type Words } from './en.js';
import { zh } from './zh.js';

export const words = computed<Words>(() => ({ en, zh })[language.value]);

/** An expression in the chosen language; a label of the person's own model as it is. */
export function expressionName(label: string): string {
  const names: Readonly<Record<string, string>> = words.value.expressions;
  return names[label] ?? label;
}

/** A duration in one unit: seconds up to 90, minutes up to 90, then hours. */
export function toDuration(ms: number): string {
  const { seconds, minutes, hours } = words.value.jobs;
  const whole = Math.max(1, Math.round(ms / 1000));
  if (whole <= 90) return seconds(whole);
  if (whole <= 90 * 60) return minutes(Math.round(whole / 60));
  return hours(Math.round(whole / 3600));
}

export function toTime(iso: string): string {
  return new Date(iso).toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}
