/**
 * Loads a part of the worker. The URLs come from the page, because bundlers rename the files that they copy.
 * `scripts/bundle-web.js` replaces the dynamic imports of parts with calls of `importPart`.
 */
import { MienError } from '@mien/core';
import type { PartName, PartUrls } from '../protocol/messages.js';

/** Module state is fine here: a worker serves one analyzer. */
let urls: PartUrls | undefined;

export function setPartUrls(given: PartUrls): void {
  urls = given;
}

/** @throws MienError `WORKER_FAILED` if the file cannot be loaded */
export async function importPart(name: PartName): Promise<unknown> {
  const url = urls?.[name];
  if (url === undefined) throw new Error(`no URL for the worker's part ${name}`);
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as unknown;
  } catch (cause) {
    throw new MienError(
      'WORKER_FAILED',
      `worker: its part ${url} could not be loaded; if your bundler does not copy the files of @mien/web, copy them and ` +
        'set assetsUrl',
      { cause },
    );
  }
}
