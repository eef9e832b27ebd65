/**
 * Reads damaged copies of a file: no crash, no endless reading, bounded memory, one line of reason for each refusal.
 *
 * `npm test` reads a few of each format. `scripts/fuzz.js` reads a thousand and collects the counts.
 */
import { appendFileSync } from 'node:fs';
import { MienError } from '@mien/core';
import { expect } from 'vitest';
import { memoryInUse, mutationsOf } from '../../packages/formats/src/testing/mutations.js';

const COUNT = Number(process.env['MIEN_FUZZ'] ?? 60);
const REPORT = process.env['MIEN_FUZZ_REPORT'];
export const SEED = Number(process.env['MIEN_FUZZ_SEED'] ?? 17);
const MAX_BYTES = 256 * 2 ** 20;

/** @param read rejects with a `MienError` what it cannot read */
export async function readDamaged(
  format: string,
  file: Uint8Array,
  read: (bytes: Uint8Array) => unknown,
): Promise<void> {
  await read(file);
  let [refused, mostBytes, slowestMs] = [0, 0, 0];
  for (const bytes of mutationsOf(file, COUNT, SEED)) {
    const [before, start] = [memoryInUse(), performance.now()];
    try {
      await read(bytes);
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      expect(error.message).not.toContain('\n');
      refused++;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    mostBytes = Math.max(mostBytes, memoryInUse() - before);
    expect(mostBytes).toBeLessThan(MAX_BYTES);
  }
  expect(refused).toBeGreaterThan(0);
  const counts = { format, mutations: COUNT, refused, read: COUNT - refused, mostBytes, slowestMs };
  if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(counts)}\n`);
}
