/** What a person can set, and how it is written into the address: it can be shared, and nothing has to be stored. */
import { THEMES, type Theme } from '../../../shared/style/theme.js';
import { readTeach, writeTeach, type TeachSettings } from './teach-settings.js';

export const DETECTORS = ['blazeface-short-range', 'haar-frontalface'] as const;
export type DetectorId = (typeof DETECTORS)[number];

/** Reading what is open, or teaching a network. */
export const MODES = ['read', 'teach'] as const;
export type Mode = (typeof MODES)[number];

/** Models of the studio itself; files of the person's own are in no address. */
export const BUNDLED_MODELS = ['nano', 'base', 'mini-xception'] as const;

export interface Settings {
  /** Bundled models that are chosen, the first one being the one whose readings lead. */
  readonly models: readonly string[];
  readonly mode: Mode;
  readonly teach: TeachSettings;
  readonly language: 'en' | 'zh';
  readonly theme: Theme;
  readonly detector: DetectorId;
  readonly mirror: boolean;
  readonly isRailFolded: boolean;
  /** Whether the panel shows what the result hangs on. */
  readonly isWhyShown: boolean;
}

/**
 * @param search the query of the address
 * @param preferred the browser's language
 */
export function readAddress(search: string, preferred: string): Settings {
  const query = new URLSearchParams(search);
  const language = query.get('lang') ?? preferred;
  return {
    mode: MODES.find((mode) => mode === query.get('mode')) ?? 'read',
    models: readModels(query.get('models') ?? ''),
    teach: readTeach(query),
    language: language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: THEMES.find((theme) => theme === query.get('theme')) ?? 'system',
    detector: DETECTORS.find((id) => id === query.get('detector')) ?? DETECTORS[0],
    mirror: query.get('mirror') !== '0',
    isRailFolded: query.get('rail') === '0',
    isWhyShown: query.get('why') === '1',
  };
}

function readModels(text: string): readonly string[] {
  const named = [...new Set(text.split(','))].filter((id) => BUNDLED_MODELS.some((known) => known === id));
  return named.length > 0 ? named : [BUNDLED_MODELS[0]];
}

/** The query that {@link readAddress} makes the same settings of; defaults are left out. */
export function toAddress(
  { mode, models, teach, language, theme, detector, mirror, isRailFolded, isWhyShown }: Settings,
  preferred: string,
): string {
  const query = new URLSearchParams();
  if (language !== readAddress('', preferred).language) query.set('lang', language);
  if (theme !== 'system') query.set('theme', theme);
  if (detector !== DETECTORS[0]) query.set('detector', detector);
  if (!mirror) query.set('mirror', '0');
  if (isRailFolded) query.set('rail', '0');
  if (models.join(',') !== BUNDLED_MODELS[0]) query.set('models', models.join(','));
  if (mode !== 'read') query.set('mode', mode);
  writeTeach(query, teach);
  if (isWhyShown) query.set('why', '1');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
