import type * as ExplainPart from './explain-part.js';
import type * as FormatsPart from './formats-part.js';
import { importPart, setPartUrls } from './import-part.js';
import type { PartName, PartUrls } from '../protocol/messages.js';

/** The parsers of model files: larger than the rest of the worker. */
export type Formats = typeof FormatsPart;
export type LoadFormats = () => Promise<Formats>;

/** Parts of the worker that are loaded on demand. */
export interface PartLoader {
  readonly formats: LoadFormats;
  readonly explain: () => Promise<typeof ExplainPart>;
}

export function createPartLoader(urls: PartUrls): PartLoader {
  setPartUrls(urls);
  const load = async (name: PartName): Promise<unknown> => {
    const part = (await importPart(name)) as Pick<Formats, 'setPartUrls'>;
    part.setPartUrls(urls); // A self-contained file with its own copy of importPart.
    return part;
  };
  return {
    formats: async () => (await load('formats')) as Formats,
    explain: async () => (await load('explain')) as typeof ExplainPart,
  };
}
