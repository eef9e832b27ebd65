/**
 * Models are npm packages `@mien/model-<id>` with a manifest.json and the files that it names. They are resolved like
 * modules, from this package and from the project of the working directory.
 */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord, type Manifest } from '@mien/core';

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

/** Ids of all models that {@link findInstalledModel} finds, or of those of one kind, sorted. */
export async function listInstalledModels(kind?: Manifest['kind']): Promise<string[]> {
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
  return [...new Set(ids)].filter((id) => hasKind(findInstalledModel(id), kind)).sort();
}

/** A manifest that cannot be read is of no kind. */
function hasKind(folder: string | undefined, kind: Manifest['kind'] | undefined): boolean {
  if (folder === undefined || kind === undefined) return folder !== undefined;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as unknown;
    return isRecord(manifest) && manifest['kind'] === kind;
  } catch {
    return false;
  }
}

/** Resolve modules from this package, then from the working directory. */
export function moduleResolvers(): NodeJS.Require[] {
  return [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))].map(createRequire);
}
