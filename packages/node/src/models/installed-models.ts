/**
 * Models are npm packages `@mien/model-<id>` with a manifest.json and the files that it names. They are resolved like
 * modules, from this package and from the project of the working directory.
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SCOPE = '@mien';
const PREFIX = 'model-';

/** The folder of an installed model; `undefined` if it is not installed. */
export function findInstalledModel(id: string): string | undefined {
  // The id becomes part of a module name; letters, digits and hyphens cannot form a path.
  if (!/^[a-z0-9-]+$/.test(id)) return undefined;
  for (const require of moduleResolvers()) {
    try {
      return dirname(require.resolve(`${SCOPE}/${PREFIX}${id}/manifest.json`));
    } catch {
      // Not installed as seen from here.
    }
  }
  return undefined;
}

/** Ids of all models that {@link findInstalledModel} finds, sorted. */
export async function listInstalledModels(): Promise<string[]> {
  const folders = new Set(
    moduleResolvers().flatMap((require) => require.resolve.paths(`${SCOPE}/${PREFIX}any`) ?? []),
  );
  const names = await Promise.all(
    Array.from(folders, (folder) => readdir(join(folder, SCOPE)).catch((): string[] => [])),
  );
  const ids = names
    .flat()
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
  return [...new Set(ids)].filter((id) => findInstalledModel(id) !== undefined).sort();
}

/** Resolve modules from this package, then from the working directory. */
export function moduleResolvers(): NodeJS.Require[] {
  return [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))].map(createRequire);
}
