import { computed } from '@preact/signals';
import { settings } from '../../state/settings.js';
import type { Language } from '../../words/words.js';
import { en, type TeachWords } from './en.js';
import { zh } from './zh.js';

const LANGUAGES = { en, zh } as const satisfies Record<Language, TeachWords>;

export const teachWords = computed<TeachWords>(() => LANGUAGES[settings.value.language]);
