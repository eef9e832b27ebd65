/** What the person has set; the address and the page's theme follow it. */
import { effect, signal } from '@preact/signals';
import { readAddress, toAddress, type Settings } from './address.js';
import { isRemembered, readRemembered, remember } from './remembered.js';

export { DETECTORS, type DetectorId, type Mode, type Settings } from './address.js';

/** Those of the address, or else of the last visit where that is remembered. */
export const settings = signal<Settings>(
  readAddress(location.search === '' ? (readRemembered() ?? '') : location.search, navigator.language),
);

export function change(changes: Partial<Settings>): void {
  settings.value = { ...settings.value, ...changes };
}

/**
 * Keeps the address and the page's theme in step with the settings, and what is remembered where that is asked for.
 *
 * @param onForgetful called when the browser does not keep them
 */
export function followSettings(onForgetful: () => void): void {
  effect(() => {
    const { theme, language } = settings.value;
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    const search = toAddress(settings.value, navigator.language);
    history.replaceState(null, '', `${location.pathname}${search}`);
    if (isRemembered.value && !remember(search)) {
      isRemembered.value = false;
      onForgetful();
    }
  });
}
