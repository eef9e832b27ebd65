import type { Jobs, JobSummary } from '@mien/server';
import { expect, it } from 'vitest';
import { findJobId } from './find-job.js';

const IDS = ['3f0c1111-0000-4000-8000-000000000000', '3f0c2222-0000-4000-8000-000000000000'];
const jobs: Pick<Jobs, 'list'> = {
  list: () => Promise.resolve(IDS.map((id): JobSummary => ({ id }) as JobSummary)),
};

it('finds a job by the beginning of its id', async () => {
  expect(await findJobId(jobs, '3f0c1')).toBe(IDS[0]);
  expect(await findJobId(jobs, '3F0C22')).toBe(IDS[1]);
  expect(await findJobId(jobs, IDS[1]!)).toBe(IDS[1]);
});

it('names the jobs that begin alike, and wants four characters', async () => {
  await expect(findJobId(jobs, '3f0c')).rejects.toMatchObject({
    code: 'USAGE',
    message: `job 3f0c: 2 begin so (${IDS.join(', ')}); give more of the id`,
  });
  await expect(findJobId(jobs, '3f0')).rejects.toThrow(
    'job 3f0: give its id, or at least the first 4 characters',
  );
});

it('leaves what no job begins with to the service, which says so', async () => {
  expect(await findJobId(jobs, 'nothing')).toBe('nothing');
});
