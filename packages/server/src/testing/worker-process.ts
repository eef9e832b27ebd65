/** Processes that tests kill: a worker on a database server, or a whole service on the embedded database. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EngineOptions, Place } from '../service/open-engine.js';

const SCRIPT = fileURLToPath(new URL('run-process.js', import.meta.url));

export interface TestProcess {
  /** What it prints when it is ready: the address of a service. */
  readonly line: string;
  /** kill −9 */
  kill(): Promise<void>;
  /** SIGTERM; @returns the exit code */
  end(): Promise<number | null>;
}

/** Those that a failed test left. */
const running = new Set<ChildProcess>();

export function killProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

export async function startProcess(
  start: 'worker' | 'service',
  place: Place,
  options: Pick<EngineOptions, 'chunkMs'> = {},
): Promise<TestProcess> {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify({ start, place, options })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => String(text).trim()),
    exited.then(() => Promise.reject(new Error(`ended before it was ready: ${errors}`))),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  return {
    line,
    kill: async () => {
      await end('SIGKILL');
    },
    end: () => end('SIGTERM'),
  };
}
