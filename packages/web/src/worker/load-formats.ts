import type * as FormatsPart from './formats-part.js';
import { importPart, setPartUrls } from './import-part.js';
import type { PartUrls } from '../protocol/messages.js';

/** The readers of model files; they weigh as much as everything else together, so they are loaded when needed. */
export type Formats = typeof FormatsPart;
export type LoadFormats = () => Promise<Formats>;

export function createFormatsLoader(urls: PartUrls): LoadFormats {
  setPartUrls(urls);
  return async () => {
    const formats = (await importPart('formats')) as Formats;
    formats.setPartUrls(urls); // It stands alone, so it has its own copy of them.
    return formats;
  };
}
