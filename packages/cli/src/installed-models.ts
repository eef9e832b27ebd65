/**
 * Models come as npm packages `@mien/model-<id>` that hold files and no code: manifest.json and what it names.
 * They are found by Node's own module resolution, next to this command or in the project of the working directory.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PREFIX = '@mien/model-';

/** The folder of an installed model, or `undefined` when none of that id is installed. */
export function findInstalledModel(id: string): string | undefined {
  // An id becomes part of a module name: letters, digits and hyphens cannot lead out of it.
  if (!/^[a-z0-9-]+$/.test(id)) return undefined;
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return dirname(createRequire(from).resolve(`${PREFIX}${id}/manifest.json`));
    } catch {
      // Not installed as seen from here.
    }
  }
  return undefined;
}

/** Ids of the models that this command depends on and that are there: what a message may offer. */
export async function listInstalledModels(): Promise<string[]> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .filter((id) => findInstalledModel(id) !== undefined);
}
