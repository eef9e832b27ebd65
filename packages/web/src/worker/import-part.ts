/**
 * Loads a part of the worker. The page gives the addresses: what bundlers copy gets a name of theirs, so the worker
 * cannot know it. In the bundles, `scripts/bundle.js` turns the imports of what is a part into calls of this.
 */
import { MienError } from '@mien/core';
import type { PartName, PartUrls } from '../protocol/messages.js';

/** One per worker, and a worker serves one analyzer. */
let urls: PartUrls | undefined;

export function setPartUrls(given: PartUrls): void {
  urls = given;
}

/** @throws MienError `WORKER_FAILED` when the file cannot be loaded */
export async function importPart(name: PartName): Promise<unknown> {
  const url = urls?.[name];
  if (url === undefined) throw new Error(`the worker was not given the address of its part ${name}`);
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as unknown;
  } catch (cause) {
    throw new MienError(
      'WORKER_FAILED',
      `worker: its part ${url} could not be loaded; where a bundler does not copy the files of @mien/web, copy them and ` +
        'set assetsUrl',
      { cause },
    );
  }
}
