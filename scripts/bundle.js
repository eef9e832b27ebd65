// Bundles each package into a few files: every file adds half a millisecond to the start of a program, and the core has eighty
// modules. Modules that are imported on demand stay separate (commands, the builds of the kernels).
// @ts-check
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = new URL('../', import.meta.url);
/** Output of tsc for a bundled package: declarations, and modules for benches of internals. */
const MODULES = 'modules';
/** Output of apps/dashboard, which the server carries. */
const PAGE = 'page';

/** Entry points and workers by package: the file in dist/, and its source. */
const ENTRIES = {
  core: {
    index: 'src/index.ts',
    'nn/index': 'src/nn/index.ts',
    'compiler/index': 'src/nn/compiler/index.ts',
  },
  formats: { index: 'src/index.ts', 'model-file/index': 'src/model-file/index.ts' },
  results: {
    index: 'src/index.ts',
    'charts/index': 'src/charts/index.ts',
    'report/index': 'src/report/index.ts',
  },
  node: {
    index: 'src/index.ts',
    'analysis/index': 'src/analysis/index.ts',
    'annotate/index': 'src/annotate/index.ts',
    'files/index': 'src/files/index.ts',
    'models/index': 'src/models/index.ts',
    'pictures/index': 'src/pictures/index.ts',
    'studio-server/index': 'src/studio-server/index.ts',
    'training/index': 'src/training/index.ts',
    'sources/index': 'src/sources/index.ts',
    command: 'src/command.ts',
    runtime: 'src/runtime.ts',
    'analysis-worker': 'src/analysis/analysis-worker.ts',
    'onnx-runtime-worker': 'src/onnx-runtime/onnx-runtime-worker.ts',
  },
  server: {
    index: 'src/index.ts',
    'picture-thread': 'src/pictures/picture-thread.ts',
    'model-thread': 'src/models/model-thread.ts',
  },
  cli: { main: 'src/main.ts' },
};

/**
 * The modules that `mien analyze` loads at its start, by package. They and their static imports become one file (and one for
 * each entry point that re-exports from it), although other commands need only parts of it.
 */
const TOGETHER = {
  core: [],
  formats: [],
  results: ['src/index.ts'],
  node: [
    'src/analysis/index.ts',
    'src/files/index.ts',
    'src/models/index.ts',
    'src/pictures/index.ts',
    'src/runtime.ts',
    'src/sources/index.ts',
  ],
  server: ['src/index.ts'],
  cli: ['src/commands/analyze.ts'],
};
/** Entry points that all lead to one file, and the entry point that the command imports in their place. */
const SPLIT_ENTRY = /^@mien[/]node[/](analysis|files|models|pictures|runtime|sources)$/;
const WHOLE_ENTRY = '@mien/node/command';

/** Functions of another package that are copied instead of imported: looking their package up would cost more. */
const COPIED = /^@mien[/]train[/](named-pipe|write-file)$/;

/** Name of that file. */
const TOGETHER_NAME = 'analysis';

/** Modules shared by the core's entry points become one file, so that each entry point loads two files. */
const ENGINE = {
  name: 'engine',
  from: fileURLToPath(new URL('packages/core/src/index.ts', ROOT)),
  others: ['index.ts', 'compiler/index.ts'].map((file) =>
    fileURLToPath(new URL(`packages/core/src/nn/${file}`, ROOT)),
  ),
};

export async function bundlePackages() {
  for (const [name, input] of Object.entries(ENTRIES)) {
    /** @type {Set<string> | undefined} */
    let together;
    /** @type {Set<string> | undefined} */
    let engine;
    const folder = new URL(`packages/${name}/`, ROOT);
    const first = TOGETHER[/** @type {keyof typeof TOGETHER} */ (name)].map((path) =>
      fileURLToPath(new URL(path, folder)),
    );
    const dist = new URL('dist/', folder);
    for (const file of await readdir(dist)) {
      if (file !== MODULES && file !== PAGE) await rm(new URL(file, dist), { recursive: true });
    }
    const bundle = await rolldown({
      cwd: fileURLToPath(folder),
      input,
      // Other packages stay external, so that all share one core.
      external: (id) => /^[^./]/.test(id) && !COPIED.test(id),
      resolve: { extensionAlias: { '.js': ['.ts'] } },
      platform: 'neutral',
      onLog(level, log) {
        if (level === 'warn') throw new Error(`bundle of ${name}: ${log.message}`);
      },
    });
    try {
      await bundle.write({
        dir: fileURLToPath(dist),
        format: 'esm',
        sourcemap: true,
        paths: (id) => (SPLIT_ENTRY.test(id) ? WHOLE_ENTRY : id),
        chunkFileNames: '[name].js',
        codeSplitting: {
          groups: [
            {
              debugName: TOGETHER_NAME,
              name(id, modules) {
                together ??= modulesUnder(first, modules);
                return together.has(id) ? TOGETHER_NAME : null;
              },
            },
            {
              debugName: ENGINE.name,
              name(id, modules) {
                engine ??= sharedModules(ENGINE, modules);
                return engine.has(id) ? ENGINE.name : null;
              },
            },
          ],
        },
      });
    } finally {
      await bundle.close();
    }
    if (name === 'core') await removeKernelMaps(dist);
  }
}

/** A kernel module is one line of base64: its source map would only repeat it, 100 KB each. */
async function removeKernelMaps(/** @type {URL} */ dist) {
  const files = await readdir(dist);
  for (const file of files.filter((name) => /^kernels-.*[.]js$/.test(name))) {
    const code = await readFile(new URL(file, dist), 'utf8');
    await writeFile(new URL(file, dist), code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
    await rm(new URL(`${file}.map`, dist));
  }
}

/**
 * Modules and their static imports, transitively.
 *
 * @param {readonly string[]} from
 * @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} modules
 */
function modulesUnder(from, modules) {
  const found = new Set(from);
  // A loop over a set also visits elements that are added during the loop.
  for (const id of found)
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/**
 * Modules that `from` and at least one of `others` import statically.
 *
 * @param {{ from: string, others: readonly string[] }} entries
 * @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} modules
 */
function sharedModules({ from, others }, modules) {
  const elsewhere = modulesUnder(others, modules);
  return new Set([...modulesUnder([from], modules)].filter((id) => elsewhere.has(id)));
}
