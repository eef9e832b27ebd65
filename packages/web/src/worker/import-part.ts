/**
 * Loads a part of the worker. The page gives the addresses: what bundlers copy gets a name of theirs, so the worker
 * cannot know it. In the bundles, `scripts/bundle.js` turns the imports of what is a part into calls of this.
 */
import type { PartName, PartUrls } from '../protocol/messages.js';

/** One per worker, and a worker serves one analyzer. */
let urls: PartUrls | undefined;

export function setPartUrls(given: PartUrls): void {
  urls = given;
}

export function importPart(name: PartName): Promise<unknown> {
  const url = urls?.[name];
  if (url === undefined) throw new Error(`the worker was not given the address of its part ${name}`);
  return import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}
