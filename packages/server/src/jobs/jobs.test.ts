/** Jobs over HTTP, on the embedded database. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnalyzer, type Analysis } from '@mien/node';
import { createFormatter, loadOutputFormatter, type FrameResult } from '@mien/results';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo, PORTRAIT } from '../../../node/src/testing/make-video.js';
import {
  jobOf,
  openService,
  problemOf,
  START_MS,
  toForm,
  type TestService,
} from '../testing/open-service.js';
import { jobSchema } from './job.js';

let portrait: Buffer;
let expected: Analysis;
let tested: TestService;
const ask: TestService['ask'] = (path, init) => tested.ask(path, init);
const untilOver: TestService['untilOver'] = (job) => tested.untilOver(job);
const post = (body: FormData, headers: Record<string, string> = {}) =>
  ask('v1/jobs', { method: 'POST', body, headers });

beforeAll(async () => {
  portrait = await sharp(PORTRAIT).resize(256).jpeg().toBuffer();
  const analyzer = await createAnalyzer();
  expected = await analyzer.analyze(portrait);
  await analyzer.dispose();
  tested = await openService({ limits: { jobFiles: 3 }, touchMs: 200 });
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

it('analyses pictures, records failures as results, and deletes what it analysed', async () => {
  const broken = portrait.subarray(0, 3000);
  const job = await jobOf(post(toForm({ 'day/a.jpg': portrait, 'day/b.jpg': broken })));
  expect(job).toMatchObject({ total: 2, items: [{ name: 'day/a.jpg' }, { name: 'day/b.jpg' }] });
  const over = await untilOver(job);
  expect(over).toMatchObject({ state: 'done', done: 1, failed: 1, progress: 1 });
  expect(over.items[1]?.error).toMatchObject({ code: 'INPUT_INVALID' });
  expect(over.items[1]?.error?.message).toMatch(/^day\/b\.jpg: /);
  // The failed one is kept for another try.
  expect(await readdir(join(tested.folder, 'files', 'uploads', job.id))).toEqual(['1']);
  const results = (await (await ask(`v1/jobs/${job.id}/result`)).json()) as FrameResult[];
  expect(results).toEqual([{ source: 'day/a.jpg', ...(JSON.parse(JSON.stringify(expected)) as Analysis) }]);
  const other = (await (await ask(`v1/jobs/${job.id}/result?item=9`)).json()) as { detail: string };
  expect(other.detail).toBe('result of item 9: there is none; see the items of the job');
  const retried = await jobOf(ask(`v1/jobs/${job.id}/retry`, { method: 'POST' }));
  expect((await untilOver(retried)).failed).toBe(1);
});

it.runIf(HAS_FFMPEG)('gives the results of a video in every format, as mien analyze would', async () => {
  const path = join(tested.folder, 'talk.mp4');
  await makePortraitVideo(path, 2);
  const job = await untilOver(
    await jobOf(post(toForm({ 'talk.mp4': await readFile(path) }, { every: '500ms' }))),
  );
  expect(job).toMatchObject({ state: 'done', done: 1, items: [{ frames: 4 }] });
  const analyzer = await createAnalyzer();
  const frames: FrameResult[] = [];
  for await (const frame of analyzer.frames(path, { every: '500ms' }))
    frames.push({ source: 'talk.mp4', ...frame });
  const { labels } = analyzer.model;
  await analyzer.dispose();
  for (const format of ['json', 'ndjson', 'csv', 'vtt'] as const) {
    const formatter = createFormatter(format, { labels });
    const text = frames.map((frame) => formatter.add(frame)).join('') + formatter.end();
    expect(await (await ask(`v1/jobs/${job.id}/result?format=${format}`)).text()).toBe(text);
  }
  const parquet = await loadOutputFormatter('parquet', { labels });
  const pieces = [...frames.map((frame) => parquet.add(frame)), parquet.end()] as Uint8Array[];
  const file = await ask(`v1/jobs/${job.id}/result?format=parquet`);
  expect(file.headers.get('content-type')).toBe('application/vnd.apache.parquet');
  expect(Buffer.from(await file.arrayBuffer())).toEqual(Buffer.concat(pieces));
  const report = await (await ask(`v1/jobs/${job.id}/result?format=report`)).text();
  expect(report).toContain('Expressions in talk.mp4');
});

it('gives the same job for the same idempotency key', async () => {
  const headers = { 'idempotency-key': 'monday' };
  const uploads = join(tested.folder, 'files', 'uploads');
  const first = await untilOver(await jobOf(post(toForm({ 'a.jpg': portrait }), headers)));
  // Just after the job is done.
  await expect.poll(() => readdir(uploads)).not.toContain(first.id);
  const before = await readdir(uploads);
  const again = await jobOf(post(toForm({ 'a.jpg': portrait }), headers));
  expect(again.id).toBe(first.id);
  expect(await problemOf(post(toForm({ 'b.jpg': portrait }), headers))).toBe('422 IDEMPOTENCY_KEY_REUSED');
  expect(await readdir(uploads)).toEqual(before);
});

it('tells its changes as events, and stops when there will be no more', async () => {
  const job = await jobOf(post(toForm({ 'a.jpg': portrait, 'b.jpg': portrait })));
  const headers = { accept: 'text/event-stream' };
  const text = await (await ask(`v1/jobs/${job.id}`, { headers })).text();
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) =>
    jobSchema.parse(JSON.parse(data ?? '')),
  );
  expect(events.at(-1)).toMatchObject({ state: 'done', done: 2 });
  const versions = events.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  const last = String(versions.at(-1));
  const known = await ask(`v1/jobs/${job.id}`, { headers: { ...headers, 'last-event-id': last } });
  expect(known.status).toBe(204);
  const older = await ask(`v1/jobs/${job.id}`, { headers: { ...headers, 'last-event-id': '1' } });
  expect(await older.text()).toContain(`id: ${last}`);
});

it.runIf(HAS_FFMPEG)('cancels what is being analysed, and removes the upload', async () => {
  const path = join(tested.folder, 'long.mp4');
  await makePortraitVideo(path, 60);
  const job = await jobOf(post(toForm({ 'long.mp4': await readFile(path) })));
  while ((await jobOf(ask(`v1/jobs/${job.id}`))).state === 'queued') await sleep(50);
  const cancelled = await jobOf(ask(`v1/jobs/${job.id}`, { method: 'DELETE' }));
  expect(cancelled).toMatchObject({ state: 'cancelled', items: [{ state: 'cancelled' }] });
  await expect(stat(join(tested.folder, 'files', 'uploads', job.id))).rejects.toThrow('ENOENT');
  expect(await problemOf(ask(`v1/jobs/${job.id}`, { method: 'DELETE' }))).toBe('409 CONFLICT');
  // The worker is free again at once.
  const next = await untilOver(await jobOf(post(toForm({ 'a.jpg': portrait }))));
  expect(next.done).toBe(1);
});

it('refuses text', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect(await problemOf(ask('v1/jobs', { method: 'POST', body: 'a', headers }))).toBe(
    '415 MULTIPART_REQUIRED',
  );
});

it('refuses bad settings and broken uploads, and leaves nothing of them behind', async () => {
  const before = await readdir(join(tested.folder, 'files', 'uploads'));
  const cut = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc';
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  expect(await problemOf(ask('v1/jobs', { method: 'POST', body: cut, headers }))).toBe(
    '400 MULTIPART_INVALID',
  );
  const four = toForm({ a: portrait, b: portrait, c: portrait, d: portrait });
  expect(await problemOf(post(four))).toBe('413 TOO_MANY_FILES');
  for (const fields of [
    { every: '200' },
    { every: '0ms' },
    { from: '2s', to: '1s' },
    { url: 'http://localhost/' },
  ]) {
    expect(await problemOf(post(toForm({ 'a.jpg': portrait }, fields)))).toMatch(/^400 /);
  }
  expect(await problemOf(post(toForm({})))).toMatch(/^400 /);
  expect(await readdir(join(tested.folder, 'files', 'uploads'))).toEqual(before);
  expect(await problemOf(ask('v1/jobs/1'))).toBe('404 NOT_FOUND');
  expect(await problemOf(ask(`v1/jobs/${crypto.randomUUID()}`))).toBe('404 NOT_FOUND');
});
