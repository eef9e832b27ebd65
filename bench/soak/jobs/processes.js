// Processes that are killed: workers on a database server, and services on the embedded database.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../packages/server/src/testing/run-process.js', import.meta.url));

/** @typedef {import('@mien/server').Place} Place */
/** @typedef {import('node:child_process').ChildProcess} Child */

/** Those that still run. @type {Set<Child>} */
export const running = new Set();

/**
 * @param {'worker' | 'service'} start @param {Place} place @param {Record<string, string>} [env]
 * @returns {Promise<Child>} when it is ready
 */
export async function startProcess(start, place, env = {}) {
  const task = JSON.stringify({ start, place, tries: 60 });
  const child = spawn(process.execPath, [SCRIPT, task], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const exited = once(child, 'exit').then(() => Promise.reject(new Error(`a ${start} ended by itself`)));
  exited.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), exited]);
  return child;
}

/** @param {Child | undefined} child */
export async function killProcess(child) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

export async function killAll() {
  await Promise.all([...running].map(killProcess));
}
