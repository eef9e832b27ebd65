/** What a service leaves half sent that is killed, where several share a PostgreSQL server and a store. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Place } from '../service/open-engine.js';
import { HAS_POSTGRES, startPostgres, type TestPostgres } from '../testing/start-postgres.js';
import { killProcesses, startProcess } from '../testing/worker-process.js';
import { ORPHAN_DAYS } from './job-keeper.js';
import { openLocalJobs } from './local-jobs.js';

const START_MS = 90_000;
const DAY_MS = 24 * 3600_000;
const NEW = '00000000-0000-4000-8000-000000000001';

describe.skipIf(!HAS_POSTGRES)('half-sent uploads on a PostgreSQL server (skipped where none is)', () => {
  let folder: string;
  let postgres: TestPostgres;
  let place: Place;
  const uploads = (...names: string[]) => join(folder, 'files', 'uploads', ...names);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-orphans-'));
    postgres = await startPostgres();
    place = { kind: 'server', url: postgres.url, storeFolder: join(folder, 'files') };
  }, START_MS);
  afterAll(async () => {
    killProcesses();
    postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Sends the beginning of a job to a service. @returns its id, when the store has something of it */
  async function sendHalf(address: string): Promise<string> {
    const { port } = new URL(address);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n';
    socket.write(
      'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n' +
        `Content-Length: 9000000\r\n\r\n${part}${'x'.repeat(200_000)}`,
    );
    await expect.poll(() => readdir(uploads()).catch(() => []), { timeout: START_MS }).toHaveLength(1);
    const [id = ''] = await readdir(uploads());
    await expect.poll(() => readdir(uploads(id)), { timeout: START_MS }).toEqual(['0']);
    return id;
  }

  it(
    'go when nobody can be sending them any more; those of jobs and of other services stay',
    async () => {
      const service = await startProcess('service', place);
      const left = await sendHalf(service.line);
      await service.kill();
      const onProblem = (error: Error) => expect.fail(error.message);
      const path = join(folder, 'a.jpg');
      await writeFile(path, 'no picture');
      const first = await openEngine({ place, concurrency: 0, onProblem });
      const context = { ...first, onQueued: () => undefined, onCancelled: () => undefined };
      const { id: ofJob } = await openLocalJobs(context, 'local', true).submit({
        settings: {},
        files: [{ name: 'a.jpg', path }],
      });
      await first.close(0);
      await mkdir(uploads(NEW));
      await writeFile(uploads(NEW, '0'), 'being sent to another service, for two weeks');
      const longAgo = new Date(Date.now() - (ORPHAN_DAYS + 1) * DAY_MS);
      for (const id of [left, ofJob]) await utimes(uploads(id, '0'), longAgo, longAgo);
      await writeFile(uploads(NEW, '1'), 'now');
      await utimes(uploads(NEW, '0'), longAgo, longAgo);

      const next = await openEngine({ place, concurrency: 0, onProblem, superviseSeconds: 1 });
      await expect.poll(() => readdir(uploads()), { timeout: START_MS }).not.toContain(left);
      await next.close(0);
      expect((await readdir(uploads())).toSorted()).toEqual([NEW, ofJob].toSorted());
      expect(await readdir(uploads(NEW))).toEqual(['0', '1']);
    },
    START_MS,
  );
});
