// The API reference: `npm run docs` writes it to docs/api. All packages are read from their sources in one program, so that
// links between packages resolve. Warnings fail, such as a link that leads nowhere or a parameter that no longer exists.
// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Converter } from 'typedoc';

const PACKAGES_FOLDER = fileURLToPath(new URL('packages/', import.meta.url));
/** Packages with an API, where they exist; the command has none, and the kernels are private. */
const PACKAGES = ['core', 'formats', 'train', 'results', 'node', 'web', 'server'];
/** Changes without notice, so it has no reference. */
const INTERNAL = '@mien/core/compiler';

/** Source file of each entry point: `@mien/core/nn` → `packages/core/src/nn/index.ts`. */
const sources = new Map(PACKAGES.flatMap(readEntryPoints));
const documented = [...sources].filter(([name]) => name !== INTERNAL);

/** @type {import('typedoc').TypeDocOptions & { plugin: unknown }} */
export default {
  name: 'Mien',
  readme: 'none',
  tsconfig: 'docs/tsconfig.json',
  compilerOptions: {
    paths: Object.fromEntries([...sources].map(([name, path]) => [name, [path]])),
  },
  entryPoints: documented.map(([, path]) => path),
  plugin: [nameModules],
  out: 'docs/api',
  sort: ['kind', 'alphabetical'],
  excludePrivate: true,
  // The sources are in the repository, whose address is not known here.
  disableSources: true,
  treatWarningsAsErrors: true,
  validation: { invalidLink: true, invalidPath: true, notExported: true },
};

/**
 * @param {string} folder of the package
 * @returns {[name: string, path: string][]}
 */
function readEntryPoints(folder) {
  const path = `${PACKAGES_FOLDER}${folder}/package.json`;
  if (!existsSync(path)) return [];
  /** @type {{ name: string, exports: Record<string, string | { types?: string }> }} */
  const json = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(json.exports).flatMap(([key, target]) => {
    if (typeof target === 'string' || target.types === undefined) return [];
    const source = target.types.replace(/^[.]\/dist\/(modules\/)?/, 'src/').replace(/[.]d[.]ts$/, '.ts');
    return [[json.name + key.slice(1), `${PACKAGES_FOLDER}${folder}/${source}`]];
  });
}

/**
 * Calls modules what programs import: `@mien/core/nn`, where TypeDoc says `core/src/nn`.
 *
 * @param {import('typedoc').Application} app
 */
function nameModules(app) {
  const names = new Map(
    documented.map(([name, path]) => [
      path.slice(PACKAGES_FOLDER.length).replace(/([/]index)?[.]ts$/, ''),
      name,
    ]),
  );
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const name = names.get(module.name);
      if (name === undefined) throw new Error(`typedoc.config.js: no entry point is called ${module.name}`);
      module.name = name;
    }
  });
}
