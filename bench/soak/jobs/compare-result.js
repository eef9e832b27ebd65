// @ts-check
import { text } from 'node:stream/consumers';

/**
 * What became of a job. Nothing is lost if all is done; nothing is doubled or changed if the bytes are the same.
 *
 * @param {import('@mien/server').Jobs} jobs @param {string} id @param {import('./footage.js').Footage} footage
 */
export async function compareResult(jobs, id, { files, expected }) {
  const { done, failed, items } = await jobs.get(id);
  const result = await text(await jobs.result(id, { format: 'json' }));
  const attempts = items.reduce((sum, item) => sum + item.attempts, 0);
  return { total: files.length, done, failed, attempts, isSame: result === expected };
}

/** @param {{ total: number, done: number, isSame: boolean }} outcome */
export function isWhole({ total, done, isSame }) {
  return done === total && isSame;
}
