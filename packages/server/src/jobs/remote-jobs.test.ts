import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { Job } from './job.js';
import { openRemoteJobs } from './remote-jobs.js';

const JOB: Job = {
  id: '00000000-0000-4000-8000-000000000000',
  name: 'talk.mp4',
  state: 'running',
  createdAt: '2026-01-01T00:00:00Z',
  settings: {},
  total: 1,
  done: 0,
  failed: 0,
  progress: 0.5,
  version: 1,
  items: [],
};

/** A server that answers every request with this job, as an event, and then closes the connection. */
async function serve(port: number, job: Job): Promise<Server> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    response.end(`id: ${job.version}\ndata: ${JSON.stringify(job)}\n\n`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

it('goes on watching when the service comes back, and fails for one that never answered', async () => {
  const before = await serve(0, JOB);
  const { port } = before.address() as AddressInfo;
  const jobs = openRemoteJobs({ address: `http://127.0.0.1:${port}/` });
  const watching = jobs.watch(JOB.id)[Symbol.asyncIterator]();
  expect((await watching.next()).value).toEqual(JOB);
  before.close();
  await once(before, 'close');
  const rest = watching.next();
  // Long enough for one attempt at least that finds nobody.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const done: Job = { ...JOB, state: 'done', version: 2 };
  const after = await serve(port, done);
  expect((await rest).value).toEqual(done);
  expect((await watching.next()).done).toBe(true);
  after.close();
  await once(after, 'close');
  await expect(jobs.watch(JOB.id)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'INPUT_UNREADABLE',
  });
});
