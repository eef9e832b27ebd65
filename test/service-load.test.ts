/** The short form of `npm run soak -- service`: whether all are served, not how fast. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  abortUploads,
  openEventStreams,
  openIdleStreams,
  openSlowReaders,
  openSlowUploads,
} from '../bench/soak/service/bad-clients.js';
import { startMien, submitJob, type RunningService } from '../bench/soak/service/start-mien.js';
import { HAS_AUTOCANNON, measureThroughput } from '../bench/soak/service/throughput.js';

const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));
/** The service starts in seconds, on a busy machine in many. */
const START_MS = 90_000;
const LOAD = { connections: 3, requests: 12 };
const ALL_SERVED = { answered: LOAD.requests, refused: 0, failed: 0 };

describe.skipIf(!HAS_AUTOCANNON || process.platform !== 'linux')(
  'the service under load (skipped without npm install --prefix bench)',
  () => {
    let folder: string;
    let picture: Uint8Array<ArrayBuffer>;
    let service: RunningService;
    let job: string;
    const serve = () => measureThroughput(service.url, picture, LOAD);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mien-load-'));
      picture = new Uint8Array(await sharp(PORTRAIT).resize(128).jpeg().toBuffer());
      service = await startMien(folder, { threads: 1, jobs: 0 });
      job = await submitJob(
        service.url,
        Array.from({ length: 50 }, (_, index) => ({ name: `${index}.jpg`, bytes: picture })),
      );
    }, START_MS);
    afterAll(async () => {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }, START_MS);

    it('refuses beyond its queue, and fails nothing', async () => {
      const { answered, refused, failed } = await measureThroughput(service.url, picture, {
        connections: 80,
        requests: 120,
      });
      expect({ all: answered + refused, failed }).toEqual({ all: 120, failed: 0 });
      expect(answered).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    });

    it('serves others beside slow uploads and readers', async () => {
      const stopUploads = openSlowUploads(service.url, 20);
      const stopReaders = openSlowReaders(job, 20);
      expect(await serve()).toMatchObject(ALL_SERVED);
      stopUploads();
      stopReaders();
    });

    it('serves others beside uploads that break off, and keeps nothing of those', async () => {
      const aborting = abortUploads(service.url, { uploads: 10, bytes: 300_000 });
      expect(await serve()).toMatchObject(ALL_SERVED);
      await aborting;
      const uploads = join(folder, 'files/uploads');
      while ((await readdir(uploads)).length > 1) await sleep(50);
      expect(await readdir(uploads)).toEqual([job.slice(-36)]);
    });

    it('serves others beside live streams that send nothing and clients that are slow, all at once', async () => {
      const live = await openIdleStreams(service.url, 60);
      const stopSlow = [openSlowUploads(service.url, 10), openSlowReaders(job, 10)];
      expect(await serve()).toMatchObject(ALL_SERVED);
      expect(live.alive()).toBe(60);
      for (const stop of stopSlow) stop();
      await live.close();
      const readMetrics = async () => (await fetch(new URL('metrics', service.url))).text();
      await expect.poll(readMetrics, { timeout: 30_000 }).toMatch(/^mien_streams_open 0$/m);
    });

    it('serves others beside many idle streams, and tells each of them the end', async () => {
      const streams = await openEventStreams(job, 100);
      expect(await serve()).toMatchObject(ALL_SERVED);
      expect(streams.alive()).toBe(100);
      await fetch(job, { method: 'DELETE' });
      await streams.ended();
      expect(streams.told('cancelled')).toBe(100);
    });
  },
);
