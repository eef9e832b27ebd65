/**
 * LiteRT, TFLite's own interpreter, as a second opinion. It is installed with the other peers (`npm install --prefix
 * bench`), not with the workspace; tests that need it are skipped where it is missing.
 *
 * Its package is for browsers, where it loads its script by a tag. What it asks a browser's worker for is little, and
 * here it gets that: `self`, and an `importScripts` which runs the script as Node runs one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';

/** What of LiteRT's interface is used here. */
interface LiteRt {
  readonly Tensor: new (data: Float32Array, dims: readonly number[]) => LiteRtTensor;
  loadLiteRt(path: string): Promise<unknown>;
  loadAndCompile(model: Uint8Array, options: { accelerator: 'wasm' }): Promise<CompiledModel>;
}

interface CompiledModel {
  getOutputDetails(): readonly { readonly name: string }[];
  run(inputs: readonly LiteRtTensor[]): Promise<LiteRtTensor[]>;
  delete(): void;
}

interface LiteRtTensor {
  readonly type: { readonly layout: { readonly dimensions: ArrayLike<number> } };
  data(): Promise<Float32Array>;
  delete(): void;
}

/** A worker's surroundings, as far as LiteRT's loader looks for them. */
interface Surroundings {
  self?: unknown;
  importScripts?: (script: string) => void;
  Module?: unknown;
  ModuleFactory?: unknown;
}

const FOLDER = fileURLToPath(new URL('../../../../bench/node_modules/@litertjs/core/', import.meta.url));
/** The build that asks for no relaxed SIMD, which Node 20 has behind a flag. */
const SCRIPT = `${FOLDER}wasm/litert_wasm_compat_internal.js`;

export const LITERT_MISSING = existsSync(SCRIPT)
  ? undefined
  : '@litertjs/core is not installed (npm install --prefix bench)';

let loading: Promise<LiteRt> | undefined;

async function load(): Promise<LiteRt> {
  const surroundings = globalThis as Surroundings;
  surroundings.self ??= globalThis;
  surroundings.importScripts = (script) => {
    const module = { exports: {} };
    const run = compileFunction(readFileSync(script, 'utf8'), [
      'require',
      'module',
      'exports',
      '__filename',
      '__dirname',
    ]);
    (run as (...args: unknown[]) => void)(
      createRequire(script),
      module,
      module.exports,
      script,
      dirname(script),
    );
    surroundings.ModuleFactory = module.exports;
  };
  // Its log, and its regret that Node has no GPU.
  surroundings.Module = { printErr: () => undefined };
  const { warn } = globalThis.console;
  Object.assign(globalThis.console, { warn: () => undefined });
  try {
    const liteRt = (await import(pathToFileURL(`${FOLDER}dist/index.js`).href)) as LiteRt;
    await liteRt.loadLiteRt(SCRIPT);
    return liteRt;
  } finally {
    Object.assign(globalThis.console, { warn });
  }
}

export interface LiteRtOutput {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Runs a model on one input in LiteRT; gives its outputs in their order. */
export async function runLiteRt(
  model: Uint8Array,
  input: Float32Array,
  dims: readonly number[],
): Promise<LiteRtOutput[]> {
  if (LITERT_MISSING !== undefined) throw new Error(LITERT_MISSING);
  loading ??= load();
  const liteRt = await loading;
  const compiled = await liteRt.loadAndCompile(model, { accelerator: 'wasm' });
  try {
    const x = new liteRt.Tensor(input, dims);
    const results = await compiled.run([x]);
    x.delete();
    const names = compiled.getOutputDetails().map(({ name }) => name);
    return await Promise.all(
      results.map(async (result, index) => {
        const data = (await result.data()).slice();
        const shape = Array.from(result.type.layout.dimensions);
        result.delete();
        return { name: names[index] ?? '', dims: shape, data };
      }),
    );
  } finally {
    compiled.delete();
  }
}
