/** Language and colours: chosen once, kept in this browser. */
import { effect, signal } from '@preact/signals';
import { THEMES, type Theme } from '../../../shared/style/theme.js';

const LANGUAGE = 'mien-service-language';
const THEME = 'mien-service-theme';

const given = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(LANGUAGE);
export const language = signal<'en' | 'zh'>((given ?? navigator.language).startsWith('zh') ? 'zh' : 'en');
export const theme = signal<Theme>(THEMES.find((name) => name === localStorage.getItem(THEME)) ?? 'system');

export function followPreferences(): void {
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
    localStorage.setItem(LANGUAGE, language.value);
  });
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
    localStorage.setItem(THEME, theme.value);
  });
}
