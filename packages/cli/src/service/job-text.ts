/** Jobs in words. */
import type { Job, JobSummary } from '@mien/server';
import { toClock, toPrintable } from '@mien/results';
import { toColumns } from '../terminal/print-columns.js';
import type { ConnectionOptions } from './connect-jobs.js';
import { toCommand } from './to-command.js';

/** Whether nothing more will happen to it. */
export function isOverState({ state }: JobSummary): boolean {
  return state === 'done' || state === 'cancelled';
}

/** `45 % · 3 of 10 done · 1 failed · 0:12` */
export function toProgress({ progress, done, failed, total }: JobSummary, elapsedMs: number): string {
  const failures = failed === 0 ? [] : [`${failed} failed`];
  return [
    `${Math.floor(progress * 100)} %`,
    `${done} of ${total} done`,
    ...failures,
    toClock(elapsedMs / 1000),
  ].join(' · ');
}

export function toEnding(
  { id, state, done, failed, total }: JobSummary,
  options: Partial<ConnectionOptions>,
): string {
  if (state === 'cancelled') return `job ${id} was cancelled; ${done} of ${total} were done`;
  const failures = failed === 0 ? '' : `, ${failed} failed`;
  return `job ${id} is done: ${done} of ${total} analysed${failures}; ${toCommand(`result ${id}`, options)} prints the results`;
}

/** What the results of a job lack. */
export function toMissing(
  { id, done, failed, total }: JobSummary,
  options: Partial<ConnectionOptions>,
): string {
  const open = total - done - failed;
  const reasons = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(open === 0 ? [] : [`${open} ${open === 1 ? 'was' : 'were'} not read`]),
  ];
  return `of ${total} files, ${reasons.join(' and ')}; ${toCommand(`status ${id}`, options)} lists them`;
}

export function toJobTable(jobs: readonly JobSummary[]): string {
  if (jobs.length === 0) return 'there are no jobs; mien jobs submit makes one\n';
  const columns = ['id', 'state', 'progress', 'done', 'failed', 'created'].map((head) => ({ head }));
  return toColumns(
    columns,
    jobs.map(({ id, state, progress, done, failed, total, createdAt }) => [
      id,
      state,
      `${Math.floor(progress * 100)} %`,
      `${done}/${total}`,
      String(failed),
      createdAt.slice(0, 16).replace('T', ' '),
    ]),
  );
}

export function toJobLines(job: Job): string {
  const items = toColumns(
    ['item', 'state', 'frames', 'attempts', 'name'].map((head) => ({ head })),
    job.items.map(({ index, state, frames, attempts, name }) => [
      String(index),
      state,
      String(frames),
      String(attempts),
      toPrintable(name),
    ]),
  );
  const remarks = job.items
    .flatMap(({ error, note }) => [error?.message, note].filter((line) => line !== undefined))
    .map((line) => `${toPrintable(line)}\n`)
    .join('');
  return `${toJobTable([job])}\n${items}${remarks === '' ? '' : `\n${remarks}`}`;
}
