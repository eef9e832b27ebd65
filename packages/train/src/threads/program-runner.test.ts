import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { threadHost } from '#threads';
import { createBarrier, type Program } from '@mien/core/compiler';
import { createKernels } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createProgramRunner } from './program-runner.js';

/** (module (import "x" "y" (func))): an import that nobody provides. */
// prettier-ignore
const UNLINKABLE_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x02, 0x07, 0x01, 0x01, 0x78,
  0x01, 0x79, 0x00, 0x00,
]);

/** Runs a module in a new Node process. */
function runNode(script: string, ...flags: readonly string[]) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const args = [...flags, '--input-type=module', '--eval', script];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout };
}

const TRAIN_ON_TWO = `
  import { miniXception } from '@mien/core/nn';
  import { createTrainingSession } from '@mien/train/session';
  const graph = miniXception();
  const optimizer = { kind: 'sgd' };
  const session = await createTrainingSession({ graph, batchSize: 1, seed: 1, optimizer, threads: 2 })
    .catch((error) => console.log(error.name, error.code, error.message) ?? process.exit(3));
  session.trainStep(new Float32Array(48 * 48), Float32Array.of(1, 0, 0, 0, 0, 0, 0), 1, 0.001);
  console.log('trained on', session.threads);
`;

describe('threads in Node', () => {
  it('rejects when a thread dies before it is ready', async () => {
    const { memory } = await createKernels({ shared: true });
    const module = await WebAssembly.compile(UNLINKABLE_MODULE);
    const args = { module, memory, thread: 1, threads: 2, barrier: createBarrier() };
    await expect(threadHost.startThread(args)).rejects.toThrow(/Import #0 module="x"/);
  });

  it('reports in one line that workers are not permitted', () => {
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const { status, stdout } = runNode(TRAIN_ON_TWO, permission, '--allow-fs-read=*');
    expect(stdout).toMatch(
      /^MienError WORKER_FAILED threads: a worker did not start \(Access to this API .*; run with one thread\n$/,
    );
    expect(status).toBe(3);
  });

  it('report one that stops during its work', async () => {
    const runner = await createProgramRunner(2);
    // A single item is the share of the second thread, and it lies outside of the memory.
    const program: Program = [{ kernel: 'sigmoid', items: 1, grain: 1, args: [2 ** 31, 2 ** 31] }];
    expect(() => runner.run(program)).toThrow(expect.objectContaining({ code: 'WORKER_FAILED' }) as Error);
    await runner.dispose();
  });

  it('do not keep a process alive that does not dispose of its session', () => {
    expect(runNode(TRAIN_ON_TWO)).toEqual({ status: 0, stdout: 'trained on 2\n' });
  });
});
