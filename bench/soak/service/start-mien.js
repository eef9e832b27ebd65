// `mien serve` as a process of its own, as people start it.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MIEN = fileURLToPath(new URL('../../../packages/cli/bin/mien.js', import.meta.url));

/** @typedef {Awaited<ReturnType<typeof startMien>>} RunningService */

/**
 * @param {string} data folder of the embedded database
 * @param {{ threads: number, jobs: number, streams?: number, node?: string }} options
 */
export async function startMien(data, { threads, jobs, streams = 100, node = process.execPath }) {
  const numbers = { port: 0, threads, jobs, streams };
  const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = ['serve', '--data', data, ...options];
  const child = spawn(node, [MIEN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => String(text)),
    exited.then(() => ''),
  ]);
  const url = /http:\S+/.exec(line)?.[0];
  if (url === undefined) throw new Error('mien serve ended before it was ready');
  return {
    url,
    /** Megabytes that only this process has. Linux. */
    residentMb: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 102.4) / 10;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * @param {string} url @param {readonly { name: string, bytes: Uint8Array<ArrayBuffer> }[]} files
 * @returns {Promise<string>} the address of the job
 */
export async function submitJob(url, files) {
  const body = new FormData();
  for (const { name, bytes } of files) body.append('file', new Blob([bytes]), name);
  const response = await fetch(new URL('v1/jobs', url), { method: 'POST', body });
  if (response.status !== 201) throw new Error(`the job was refused: ${await response.text()}`);
  return new URL(`v1/jobs/${(await response.json()).id}`, url).href;
}
