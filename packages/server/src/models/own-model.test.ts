/** A model of one's own on a long video that two workers read in chunks, with a shared folder and with a bucket. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExecutor } from '@mien/node/analysis';
import type { FrameResult } from '@mien/results';
import { startService, type Service } from '@mien/server';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { HAS_FFMPEG, makePortraitVideo } from '../../../node/src/testing/make-video.js';
import { DEFAULT_ANALYSIS } from '../service/default-analysis.js';
import type { Place } from '../service/open-engine.js';
import { START_MS } from '../testing/open-service.js';
import { startS3, type TestS3 } from '../testing/start-s3.js';
import { HAS_POSTGRES, startPostgres, type TestPostgres } from '../testing/start-postgres.js';
import { killProcesses, startProcess } from '../testing/worker-process.js';

/** The video of 8 s is divided into four chunks. */
const CHUNKS = { chunkMs: 2000 };

describe.skipIf(!HAS_POSTGRES || !HAS_FFMPEG)(
  'a model of one’s own and several workers (skipped without PostgreSQL or ffmpeg)',
  () => {
    let folder: string;
    let video: string;
    let model: Uint8Array<ArrayBuffer>;
    let truth: FrameResult[];
    let postgres: TestPostgres;
    let s3: TestS3;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mien-own-model-'));
      video = join(folder, 'talk.mp4');
      model = new Uint8Array(makeCheckpoint());
      // The name of its file becomes the id in results.
      const path = join(folder, 'mine');
      await Promise.all([makePortraitVideo(video, 8), writeFile(path, model)]);
      truth = [];
      const nothing = () => undefined;
      const executor = await createExecutor({ ...DEFAULT_ANALYSIS, ...CHUNKS, model: path }, 1, nothing);
      const onResult = (row: FrameResult) => Promise.resolve(void truth.push({ ...row, source: 'talk.mp4' }));
      await executor.run({ source: video, sampling: {} }, { onResult, onProgress: nothing, onNote: nothing });
      await executor.close();
      truth = JSON.parse(JSON.stringify(truth)) as FrameResult[];
      [postgres, s3] = await Promise.all([startPostgres(), startS3()]);
      Object.assign(process.env, s3.environment); // Workers are processes that inherit it.
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      await client.query('CREATE DATABASE bucket');
      await client.end();
    }, START_MS);
    afterAll(async () => {
      killProcesses();
      await s3.close();
      postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }, START_MS);

    const placeOf = async (kind: 'folder' | 'bucket'): Promise<Place> => {
      if (kind === 'bucket')
        return {
          kind: 'server',
          url: postgres.url.replace(/postgres$/, 'bucket'),
          storeFolder: 's3://lab/own',
        };
      const storeFolder = join(folder, 'store');
      await mkdir(storeFolder);
      return { kind: 'server', url: postgres.url, storeFolder };
    };

    async function submitVideo({ jobs, url }: Service): Promise<string> {
      const uploaded = await fetch(new URL('v1/models/mine', url), { method: 'PUT', body: model });
      expect(uploaded.status).toBe(201);
      const { id } = await jobs.submit({
        settings: { model: 'mine' },
        files: [{ name: 'talk.mp4', path: video }],
      });
      return id;
    }

    it.each(['folder', 'bucket'] as const)(
      'gives what one process gives: %s',
      { timeout: 120_000 },
      async (kind) => {
        const place = await placeOf(kind);
        const service = await startService({
          ...{ place, port: 0, threads: 1, concurrency: 0 },
          onProblem: (error) => expect.fail(error.message),
        });
        const workers = await Promise.all([
          startProcess('worker', place, CHUNKS),
          startProcess('worker', place, CHUNKS),
        ]);
        const id = await submitVideo(service);
        const until = async (isSo: (job: Awaited<ReturnType<typeof service.jobs.get>>) => boolean) => {
          while (!isSo(await service.jobs.get(id))) await sleep(20);
        };
        await until(({ items: [item] }) => (item?.frames ?? 0) > 0);
        // The other one has to go on with the model.
        expect(await workers[0].end()).toBe(0);
        await until(({ state }) => state === 'done');
        expect(await service.jobs.get(id)).toMatchObject({ done: 1, failed: 0 });
        const result = await fetch(new URL(`v1/jobs/${id}/result`, service.url));
        const rows = (await result.json()) as FrameResult[];
        expect(rows).toEqual(truth);
        expect(new Set(rows.map((row) => row.model))).toEqual(new Set(['mine']));

        const deleted = await fetch(new URL('v1/models/mine', service.url), { method: 'DELETE' });
        expect(deleted.status).toBe(204);
        const left =
          kind === 'bucket'
            ? [...s3.objects.keys()]
            : await readdir(join(folder, 'store'), { recursive: true });
        expect(left.filter((key) => key.includes('mine'))).toEqual([]);
        expect(await workers[1].end()).toBe(0);
        await service.close(0);
      },
    );
  },
);
