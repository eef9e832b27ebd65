// What all soaks do around their measurements: say what runs, what is exceeded, and write a file of results.
// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

/** Warns of noise. @returns {number} the load of the machine */
export function readLoad() {
  const [load = 0] = os.loadavg();
  if (load > 0.5) process.stderr.write(`the machine is busy (load ${load.toFixed(1)}): expect noise\n`);
  return load;
}

/** @template T @param {string} name @param {() => Promise<T>} measure */
export async function report(name, measure) {
  process.stderr.write(`${name} …\n`);
  const result = await measure();
  console.log(`${name}: ${JSON.stringify(result, null, 1)}`);
  return result;
}

/** Prints what is exceeded; the process then exits with 1. @param {readonly string[]} problems */
export function tellExceeded(problems) {
  for (const problem of problems) console.log(`exceeded: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('all limits are kept');
}

const FOLDER = new URL('../results/', import.meta.url);

/** What {@link writeRecord} wrote last. @param {string} name @returns {any} `undefined` if there is none */
export function readRecord(name) {
  const url = new URL(`${name}.json`, FOLDER);
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : undefined;
}

/**
 * Writes bench/results/NAME.json.
 *
 * @param {string} name
 * @param {object} conditions besides those of the machine
 * @param {object} measured
 */
export function writeRecord(name, conditions, measured) {
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cpu: (os.cpus()[0]?.model ?? 'unknown').trim(),
    cores: os.cpus().length,
    node: process.version,
  };
  mkdirSync(FOLDER, { recursive: true });
  const record = { conditions: { ...machine, ...conditions }, ...measured };
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify(record, null, 2)}\n`);
}
