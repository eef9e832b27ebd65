import type { JobSummary } from '@mien/server';
import { expect, it } from 'vitest';
import { toMissing, toProgress } from './job-text.js';

const JOB: JobSummary = {
  id: '0b1d3a5e-3c1c-4d55-8a3c-0d1f7a2c9b11',
  name: 'a.png',
  state: 'running',
  createdAt: '2026-11-30T07:47:00.000Z',
  settings: {},
  total: 10,
  done: 3,
  failed: 1,
  progress: 0.459,
  version: 1,
};

it('says how far a job is, and for how long it was followed', () => {
  expect(toProgress(JOB, 12_345)).toBe('45 % · 3 of 10 done · 1 failed · 0:12');
  expect(toProgress({ ...JOB, failed: 0 }, 3_723_000)).toBe('45 % · 3 of 10 done · 1:02:03');
});

it('says what the results lack', () => {
  expect(toMissing(JOB, { data: 'own' })).toBe(
    `of 10 files, 1 failed and 6 were not read; mien jobs status ${JOB.id} --data own lists them`,
  );
  expect(toMissing({ ...JOB, done: 9 }, {})).toBe(
    `of 10 files, 1 failed; mien jobs status ${JOB.id} lists them`,
  );
});
