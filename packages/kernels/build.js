// Compiles the kernels and writes the files that the core embeds:
//   dist/<build>.wasm                                   the modules themselves
//   ../core/src/backend/generated/kernels-<build>.ts    the same bytes as a string, so that no fetch is needed
//   ../core/src/backend/generated/kernel-signatures.ts  the type of their exports and the constants that callers share
//                                                       with them, parsed from the source
// Does nothing when the outputs are newer than the sources.
// @ts-check
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('./assembly/', import.meta.url);
const DIST = new URL('./dist/', import.meta.url);
const GENERATED = new URL('../core/src/backend/generated/', import.meta.url);

const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65535'];
const RELAXED = ['--enable', 'relaxed-simd'];

/** One source for two instruction sets, each with private memory or with memory shared between threads. */
const BUILDS = {
  simd: [],
  'simd-shared': SHARED,
  relaxed: RELAXED,
  'relaxed-shared': [...RELAXED, ...SHARED],
};

const COMMON = [
  '--importMemory',
  '--runtime', 'stub',
  '--noAssert',
  '--optimizeLevel', '3',
  '--shrinkLevel', '0',
  '--converge',
  '--disable', 'bulk-memory',
  '--enable', 'simd',
]; // prettier-ignore

export async function buildKernels() {
  const sources = (await readdir(SOURCE)).filter((name) => name.endsWith('.ts'));
  const outputs = [
    new URL('kernel-signatures.ts', GENERATED),
    ...Object.keys(BUILDS).map((build) => new URL(`kernels-${build}.ts`, GENERATED)),
  ];
  const inputs = [...sources.map((name) => new URL(name, SOURCE)), new URL(import.meta.url)];
  if ((await newest(inputs)) < (await oldest(outputs))) return;

  await mkdir(DIST, { recursive: true });
  await mkdir(GENERATED, { recursive: true });
  /** @type {Set<string>} */
  const exported = new Set();
  for (const [build, flags] of Object.entries(BUILDS)) {
    const wasm = await compile([...COMMON, ...flags]);
    if (build === 'simd')
      for (const { name } of WebAssembly.Module.exports(new WebAssembly.Module(Uint8Array.from(wasm)))) exported.add(name);
    await writeFile(new URL(`${build}.wasm`, DIST), wasm);
    await writeFile(
      new URL(`kernels-${build}.ts`, GENERATED),
      `// Written by packages/kernels/build.js.\nexport const wasmBase64 =\n  '${Buffer.from(wasm).toString('base64')}';\n`,
    );
  }
  const texts = await Promise.all(sources.sort().map((name) => readFile(new URL(name, SOURCE), 'utf8')));
  await writeFile(new URL('kernel-signatures.ts', GENERATED), toSignatures(texts.join('\n'), exported));
}

/** @param {string[]} flags */
async function compile(flags) {
  /** @type {Uint8Array | undefined} */
  let wasm;
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...flags], {
    readFile: async (name) => readFile(new URL(name, SOURCE), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm') && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`kernels: asc failed\n${stderr.toString()}`, { cause: error });
  }
  return wasm;
}

/**
 * `export function name(a: i32, b: f32): void` in the AssemblyScript source becomes a method of `KernelExports`, if the
 * module exports it: the sources also export functions to each other.
 * @param {string} source
 * @param {ReadonlySet<string>} exported names that the module exports
 */
function toSignatures(source, exported) {
  const methods = [...source.matchAll(/^export function (\w+)\(([^)]*)\): (\w+)/gm)]
    .filter(([, name = '']) => exported.has(name))
    .map(([, name, parameters, result]) => {
      const names = [...(parameters ?? '').matchAll(/(\w+)\s*:/g)].map(
        ([, parameter]) => `${parameter}: number`,
      );
      return {
        name,
        text: `  readonly ${name}: (${names.join(', ')}) => ${result === 'void' ? 'void' : 'number'};`,
      };
    });
  const constants = [...source.matchAll(/^export const (\w+): i32 = (\d+);$/gm)];
  const launchable = methods.filter(({ text }) => text.includes('begin: number, end: number) => void'));
  return [
    '// Written by packages/kernels/build.js from the AssemblyScript sources.',
    '',
    '/** The functions of the kernel module; pointers are byte offsets into its memory. */',
    'export interface KernelExports {',
    ...methods.map(({ text }) => text),
    '}',
    '',
    '/** Kernels of the form `(...args, begin, end)`, which a program may launch. */',
    'export const KERNEL_NAMES = [',
    ...launchable.map(({ name }) => `  '${name}',`),
    '] as const;',
    'export type KernelName = (typeof KERNEL_NAMES)[number];',
    '',
    '/** Constants that callers share with the kernels; the sources describe them. */',
    ...constants.map(([, name, value]) => `export const ${name} = ${value};`),
    '',
  ].join('\n');
}

/** @param {URL[]} files */
const times = (files) =>
  Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
/** @param {URL[]} files */
const newest = async (files) => Math.max(...(await times(files)));
/** @param {URL[]} files */
const oldest = async (files) => Math.min(...(await times(files)));

if (process.argv[1] === new URL(import.meta.url).pathname) await buildKernels();
