/** What a person can set, and how it is written into the address: it can be shared, and nothing has to be stored. */
export const DETECTORS = ['blazeface-short-range', 'haar-frontalface'] as const;
export type DetectorId = (typeof DETECTORS)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface Settings {
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
    language: language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: THEMES.find((theme) => theme === query.get('theme')) ?? 'system',
    detector: DETECTORS.find((id) => id === query.get('detector')) ?? DETECTORS[0],
    mirror: query.get('mirror') !== '0',
    isRailFolded: query.get('rail') === '0',
    isWhyShown: query.get('why') === '1',
  };
}

/** The query that {@link readAddress} makes the same settings of; defaults are left out. */
export function toAddress(
  { language, theme, detector, mirror, isRailFolded, isWhyShown }: Settings,
  preferred: string,
): string {
  const query = new URLSearchParams();
  if (language !== readAddress('', preferred).language) query.set('lang', language);
  if (theme !== 'system') query.set('theme', theme);
  if (detector !== DETECTORS[0]) query.set('detector', detector);
  if (!mirror) query.set('mirror', '0');
  if (isRailFolded) query.set('rail', '0');
  if (isWhyShown) query.set('why', '1');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
