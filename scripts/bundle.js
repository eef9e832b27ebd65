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
  core: { index: 'src/index.ts', 'nn/index': 'src/nn/index.ts' },
  cli: {
    main: 'src/main.ts',
    'analysis-worker': 'src/analysis/analysis-worker.ts',
    'onnx-runtime-worker': 'src/onnx-runtime/onnx-runtime-worker.ts',
  },
};

/** What is waited for most: all that it needs at once becomes one file, whoever else needs parts of it. */
const TOGETHER = {
  name: 'analysis',
  from: fileURLToPath(new URL('packages/cli/src/commands/analyze.ts', ROOT)),
};

export async function bundlePackages() {
  for (const [name, input] of Object.entries(ENTRIES)) {
    /** @type {Set<string> | undefined} */
    let together;
    const folder = new URL(`packages/${name}/`, ROOT);
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
              debugName: TOGETHER.name,
              name(id, modules) {
                together ??= modulesUnder(TOGETHER.from, modules);
                return together.has(id) ? TOGETHER.name : null;
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
 * A module and all that it imports, but for what it imports on demand.
 *
 * @param {string} from
 * @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} modules
 */
function modulesUnder(from, modules) {
  const found = new Set([from]);
  // A set is gone through in the order of its growth.
  for (const id of found)
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
