/**
 * A thread of onnxruntime that ends, in a program of its own: a blocked one could not be stopped otherwise. The runtime is
 * one that ends its thread, because no model makes the real one do so reliably.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeExternalOnnx } from '../testing/make-external-onnx.js';

const TIMEOUT_MS = 60_000;
/** Some 50 MB: enough for everything else. */
const LITTLE_MEMORY = '--max-old-space-size=64';

const ENDS = {
  'by process.exit()': 'process.exit(3);',
  'by an error that nobody catches': `return new Promise(() => setTimeout(() => { throw new Error('out of order'); }));`,
  'out of memory': 'for (const all = []; ;) all.push(new Array(1000).fill({}));',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-onnx-end-'));
  await writeFile(join(folder, 'external.onnx'), makeExternalOnnx());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @returns the errors of two predictions, one after the other */
async function predictTwice(kind: 'createPredictor' | 'createAsyncPredictor', onRun: string, onLoad = '') {
  const runtime = join(folder, 'node_modules', 'onnxruntime-node');
  await mkdir(runtime, { recursive: true });
  await writeFile(
    join(runtime, 'index.js'),
    `${onLoad}
    exports.Tensor = class {};
    const session = { inputNames: ['in'], outputNames: ['out'], run: async () => { ${onRun} } };
    exports.InferenceSession = { create: async () => session };`,
  );
  const program = `
    import * as core from ${JSON.stringify(import.meta.resolve('@mien/core'))};
    import { resolveClassifier } from ${JSON.stringify(new URL('../../dist/models/index.js', import.meta.url).href)};
    const model = await resolveClassifier('external.onnx', {});
    const errors = [];
    for (const time of [1, 2]) {
      try {
        globalThis.predictor ??= await core.${kind}(model);
        await predictor.predict(new Float32Array(48 * 48), 1);
      } catch ({ code, message }) {
        errors.push(code + ' ' + message);
      }
    }
    console.log(JSON.stringify(errors));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [LITTLE_MEMORY, '--input-type=module', '-e', program],
    { cwd: folder, timeout: TIMEOUT_MS },
  );
  return JSON.parse(stdout) as string[];
}

const FAILED: unknown = expect.stringMatching(
  /^WORKER_FAILED .*external\.onnx: the thread of onnxruntime-node ended \(/,
);

describe.each(['createPredictor', 'createAsyncPredictor'] as const)('a predictor of %s', (kind) => {
  it.each(Object.entries(ENDS))('fails, and goes on failing, when its thread ends %s', async (_, onRun) => {
    expect(await predictTwice(kind, onRun)).toEqual([FAILED, FAILED]);
  });

  it('fails not at all otherwise, and lets the program end', async () => {
    expect(await predictTwice(kind, 'return { out: { data: new Float32Array(7).fill(1 / 7) } };')).toEqual(
      [],
    );
  });

  it('is refused when its thread ends at the start', async () => {
    expect(await predictTwice(kind, '', 'process.exit(3);')).toEqual([FAILED, FAILED]);
  });
});
