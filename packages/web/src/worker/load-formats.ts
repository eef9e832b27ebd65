import type * as FormatsPart from './formats-part.js';
import { importPart, setPartUrls } from './import-part.js';
import type { PartUrls } from '../protocol/messages.js';

/** The parsers of model files: larger than the rest of the worker, so they are loaded on demand. */
export type Formats = typeof FormatsPart;
export type LoadFormats = () => Promise<Formats>;

export function createFormatsLoader(urls: PartUrls): LoadFormats {
  setPartUrls(urls);
  return async () => {
    const formats = (await importPart('formats')) as Formats;
    formats.setPartUrls(urls); // A self-contained file with its own copy of importPart.
    return formats;
  };
}
