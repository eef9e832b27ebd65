// Puts a package's modules into few files: each file costs a program that starts half a millisecond, and the core has
// eighty modules. What is imported on demand stays apart (commands, the builds of the kernels).
// @ts-check
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = new URL('../', import.meta.url);
/** What tsc writes of a bundled package: declarations, and modules for benches that look inside. */
const MODULES = 'modules';

/** Doors and workers by package: the file in dist/, and the source that it is made of. */
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
    'analysis/index': 'src/analysis/index.ts',
    'annotate/index': 'src/annotate/index.ts',
    'files/index': 'src/files/index.ts',
    'models/index': 'src/models/index.ts',
    'pictures/index': 'src/pictures/index.ts',
    'training/index': 'src/training/index.ts',
    'sources/index': 'src/sources/index.ts',
    runtime: 'src/runtime.ts',
    'analysis-worker': 'src/analysis/analysis-worker.ts',
    'onnx-runtime-worker': 'src/onnx-runtime/onnx-runtime-worker.ts',
  },
  cli: { main: 'src/main.ts' },
};

/**
 * What `mien analyze` loads at its start, by package: all that these modules need at once becomes one file (and one for
 * each entry point that re-exports from it), although other commands need parts of it.
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
    'src/sources/index.ts',
  ],
  cli: ['src/commands/analyze.ts'],
};
/** What that file is called. */
const TOGETHER_NAME = 'analysis';

/** What the core's entry points share becomes one file, so that each of them loads two. */
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
      if (file !== MODULES) await rm(new URL(file, dist), { recursive: true });
    }
    const bundle = await rolldown({
      cwd: fileURLToPath(folder),
      input,
      // Other packages stay where they are, so that all share one core.
      external: /^[^./]/,
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
  }
}

/**
 * Modules and all that they import, but for what they import on demand.
 *
 * @param {readonly string[]} from
 * @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} modules
 */
function modulesUnder(from, modules) {
  const found = new Set(from);
  // A set is gone through in the order of its growth.
  for (const id of found)
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/**
 * Modules that `from` and at least one of `others` import at once.
 *
 * @param {{ from: string, others: readonly string[] }} entries
 * @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} modules
 */
function sharedModules({ from, others }, modules) {
  const elsewhere = modulesUnder(others, modules);
  return new Set([...modulesUnder([from], modules)].filter((id) => elsewhere.has(id)));
}
