/** What the person has set; the address and the page's theme follow it. */
import { effect, signal } from '@preact/signals';
import { readAddress, toAddress, type Settings } from './address.js';

export { DETECTORS, THEMES, type DetectorId, type Mode, type Settings, type Theme } from './address.js';

export const settings = signal<Settings>(readAddress(location.search, navigator.language));

export function change(changes: Partial<Settings>): void {
  settings.value = { ...settings.value, ...changes };
}

/** Keeps the address and the page's theme in step with the settings. */
export function followSettings(): void {
  effect(() => {
    const { theme, language } = settings.value;
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    history.replaceState(null, '', `${location.pathname}${toAddress(settings.value, navigator.language)}`);
  });
}
