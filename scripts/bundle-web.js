// Bundles @mien/web. Bundlers and import maps process its index, but copy the worker and its parts unchanged, so each of
// them is one self-contained file: import maps and bundlers do not apply inside workers.
// @ts-check
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const PACKAGE = new URL('../packages/web/', import.meta.url);
const DIST = new URL('dist/', PACKAGE);
const CORE = new URL('../packages/core/dist/', import.meta.url);
/** Resolves our packages to their unbundled modules, so that unused ones are dropped. Longer names come first. */
const SOURCES = Object.fromEntries(
  ['core/nn', 'core', 'formats/model-file', 'formats', 'results'].map((name) => {
    const [folder, ...entry] = name.split('/');
    const file = ['dist/modules', ...entry, 'index.js'].join('/');
    return [`@mien/${name}`, fileURLToPath(new URL(`../packages/${folder}/${file}`, import.meta.url))];
  }),
);
const FORMATS = new URL('../packages/formats/', import.meta.url);
/** Output of tsc: declarations and modules. */
const MODULES = 'modules';

const IMPORT_PART = fileURLToPath(new URL('src/worker/import-part.ts', PACKAGE));

/** Dynamic imports that are replaced with `importPart(name)`; the name is `part`, or as matched. */
const PARTS = /** @type {{ specifier: RegExp, part?: string }[]} */ ([
  { specifier: /\bimport\((["'])[./\w]*\/(kernels-(?:relaxed|simd)(?:-shared)?)\.js\1\)/g },
  { specifier: /\bimport\((["'])h5wasm\1\)/g, part: 'hdf5' },
]);

/** Self-contained files, with the parts that each must import. */
const STANDALONE = [
  {
    name: 'worker',
    input: fileURLToPath(new URL('src/worker/worker.ts', PACKAGE)),
    parts: ['kernels-relaxed', 'kernels-simd'],
  },
  { name: 'formats', input: fileURLToPath(new URL('src/worker/formats-part.ts', PACKAGE)), parts: ['hdf5'] },
  {
    name: 'explain',
    input: fileURLToPath(new URL('src/worker/explain-part.ts', PACKAGE)),
    parts: ['kernels-relaxed', 'kernels-simd'],
  },
  { name: 'kernels-relaxed', input: fileURLToPath(new URL('kernels-relaxed.js', CORE)), parts: [] },
  { name: 'kernels-simd', input: fileURLToPath(new URL('kernels-simd.js', CORE)), parts: [] },
  { name: 'hdf5', input: 'h5wasm', parts: [] },
];

export async function bundleWeb() {
  for (const file of await readdir(DIST)) {
    if (file !== MODULES) await rm(new URL(file, DIST), { recursive: true });
  }
  // The index inlines the little that it needs of other packages; model packages stay external.
  await write({
    name: 'index',
    input: fileURLToPath(new URL('src/index.ts', PACKAGE)),
    external: /^@mien\/model-/,
  });
  for (const { parts, ...file } of STANDALONE) {
    const found = new Set();
    await write({ ...file, minify: true, found });
    const missing = parts.filter((part) => !found.has(part));
    if (missing.length > 0)
      throw new Error(`bundle of web: ${file.name} imports no ${missing.join(', ')}; see PARTS`);
  }
}

/**
 * @param {object} file
 * @param {string} file.name
 * @param {string} file.input
 * @param {RegExp} [file.external]
 * @param {boolean} [file.minify]
 * @param {Set<string>} [file.found]  receives the names of imported parts
 */
async function write({ name, input, external, minify = false, found }) {
  const bundle = await rolldown({
    cwd: fileURLToPath(FORMATS),
    input,
    ...(external && { external }),
    resolve: { alias: SOURCES, extensionAlias: { '.js': ['.ts', '.js'] } },
    platform: 'browser',
    plugins: found === undefined ? [] : [{ name: 'parts', transform: (code) => importParts(code, found) }],
    onLog(level, log) {
      if (level === 'warn') throw new Error(`bundle of web, ${name}: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir: fileURLToPath(DIST),
      entryFileNames: `${name}.js`,
      format: 'esm',
      minify,
      codeSplitting: false,
    });
    if (output.length !== 1) throw new Error(`bundle of web: ${name} is ${output.length} files`);
  } finally {
    await bundle.close();
  }
}

/** @param {string} code @param {Set<string>} found */
function importParts(code, found) {
  let changed = code;
  for (const { specifier, part } of PARTS) {
    changed = changed.replaceAll(specifier, (_match, _quote, name) => {
      found.add(part ?? name);
      return `importPart(${JSON.stringify(part ?? name)})`;
    });
  }
  return changed === code ? null : `import { importPart } from ${JSON.stringify(IMPORT_PART)};\n${changed}`;
}
