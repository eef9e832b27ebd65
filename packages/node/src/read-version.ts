import { createRequire } from 'node:module';

/** The version of this command, as its package.json states it. */
export function readVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}
