/** Stores of files: a folder and a bucket keep the same promises. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3, type TestS3 } from '../testing/start-s3.js';
import { chunkKey, openFileStore, resultKey, uploadKey, type FileStore } from './file-store.js';
import { createS3Client, parseS3Url } from './s3-client.js';
import { openS3Store } from './s3-store.js';

/** Another implementation of the protocol: moto, for Python. */
const HAS_MOTO = spawnSync('moto_server', ['--help']).status === 0;
const TIMES = { idleMs: 60_000, retryMs: 1 };

let folder: string;
let s3: TestS3;
let moto: ChildProcess | undefined;
let motoEnvironment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-stores-'));
  s3 = await startS3();
  if (HAS_MOTO) motoEnvironment = await startMoto();
}, 90_000);
afterAll(async () => {
  moto?.kill();
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

async function startMoto(): Promise<NodeJS.ProcessEnv> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  const client = createS3Client({ bucket: 'lab', prefix: '' }, environment, TIMES);
  for (;;) {
    const created = await client.ask({ method: 'PUT', key: '' }).catch(() => undefined);
    if (created !== undefined) return environment;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const JOB = '0a4c1e2e-5a5f-4a51-9b3c-0d5b8a2f7f11';
const OTHER = '0a4c1e2e-5a5f-4a51-9b3c-0d5b8a2f7f12';
/** More than two parts of an upload. */
const large = Buffer.alloc(20 * 2 ** 20, 'a large file ');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const inPieces = (bytes: Buffer, size: number) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );

it('a folder that refuses a file keeps no part of it', async () => {
  const store = await openFileStore(join(folder, 'refusing'));
  const key = resultKey(JOB, 0);
  await mkdir(join(folder, 'refusing', key, 'in the way'), { recursive: true });
  await expect(store.replace(key, Buffer.from('result'))).rejects.toThrow();
  expect(await readdir(join(folder, 'refusing', 'results', JOB))).toEqual(['0.ndjson.gz']);
  await store.close();
});

describe.each<[string, () => Promise<FileStore>, boolean]>([
  ['a folder', () => openFileStore(join(folder, 'store')), false],
  ['a bucket', () => openS3Store('s3://lab/mien/files', s3.environment, TIMES), false],
  ['a bucket of moto (skipped where it is not installed)', () => openS3Store('s3://lab/m', motoEnvironment, TIMES), !HAS_MOTO], // prettier-ignore
])('%s', (_, open, isSkipped) => {
  it.skipIf(isSkipped)('stores, reads and deletes files', async () => {
    const [store, again] = await Promise.all([open(), open()]);
    expect(again.id).toBe(store.id);
    expect(store.id).toMatch(/^[0-9a-f-]{36}$/);
    const key = uploadKey(JOB, 0);
    for (const [content, size] of [
      [Buffer.alloc(0), 1],
      [Buffer.from('small'), 2],
      [large, 100_003],
    ] as const) {
      const stored = await store.add(key, inPieces(content, size));
      expect(stored).toEqual({ sizeBytes: content.length, sha256: sha256(content) });
      expect(sha256(await buffer(again.read(key)))).toBe(stored.sha256);
    }
    const path = join(folder, 'a file');
    await writeFile(path, 'from a file');
    expect(await store.addFile(uploadKey(JOB, 1), path)).toMatchObject({ sizeBytes: 11 });
    expect(await store.uploadedAt(OTHER)).toBeUndefined();
    expect((await store.uploadedAt(JOB))?.toISOString()).toMatch(/^20\d\d-/);
    const borrowed = await store.borrow(uploadKey(JOB, 1));
    expect(await readFile(borrowed.path, 'utf8')).toBe('from a file');
    borrowed.release();
    // Readings may be replaced: each borrower sees what is there now.
    for (const text of ['first', 'second']) {
      await store.replace(chunkKey(JOB, 0, 0), Buffer.from(text));
      const readings = await store.borrow(chunkKey(JOB, 0, 0));
      expect(await readFile(readings.path, 'utf8')).toBe(text);
      readings.release();
    }
    expect(await store.list('models/names')).toEqual([]);
    for (const name of ['a', 'b', 'c']) await store.replace(`models/names/${name}.json`, Buffer.from(name));
    await store.replace('models/other', Buffer.from('in no such folder'));
    const names = (await again.list('models/names')).sort();
    expect(names).toEqual(['models/names/a.json', 'models/names/b.json', 'models/names/c.json']);
    for (const name of [...names, 'models/other', 'models/nothing']) await store.remove(name);
    expect(await again.list('models')).toEqual([]);
    await store.replace(chunkKey(JOB, 1, 0), Buffer.from('of another video'));
    await store.replace(resultKey(JOB, 0), Buffer.from('result'));
    await store.replace(resultKey(OTHER, 0), Buffer.from('of another job'));
    await expect(store.borrow(uploadKey(OTHER, 0))).rejects.toThrow('is not in the store any more');

    await store.removeChunks(JOB, 0);
    await expect(store.borrow(chunkKey(JOB, 0, 0))).rejects.toThrow('is not in the store any more');
    (await store.borrow(chunkKey(JOB, 1, 0))).release();
    await store.remove(key);
    await store.remove(key);
    await store.removeUploads(JOB);
    for (const gone of [key, uploadKey(JOB, 1), chunkKey(JOB, 1, 0)]) {
      await expect(buffer(store.read(gone))).rejects.toThrow();
    }
    expect((await buffer(store.read(resultKey(JOB, 0)))).toString()).toBe('result');
    await store.removeJob(JOB);
    await expect(buffer(store.read(resultKey(JOB, 0)))).rejects.toThrow();
    expect((await buffer(store.read(resultKey(OTHER, 0)))).toString()).toBe('of another job');
    await store.removeJob(OTHER);
    await store.close();
    await again.close();
  });

  it.skipIf(isSkipped)('leaves nothing of a stream that breaks off', async () => {
    const store = await open();
    const broken = Readable.from(
      (function* () {
        yield large.subarray(0, 9 * 2 ** 20);
        throw new Error('the client left');
      })(),
    );
    await expect(store.add(uploadKey(OTHER, 0), broken)).rejects.toThrow('the client left');
    await expect(store.borrow(uploadKey(OTHER, 0))).rejects.toThrow('is not in the store any more');
    await store.close();
  });
});

describe('a bucket that', () => {
  const open = () => openS3Store('s3://lab/moods', s3.environment, TIMES);

  it.each(['busy', 'breaking off'] as const)('is %s at times is asked again', async (mood) => {
    const store = await open();
    s3.be(mood, 2);
    await store.add(uploadKey(JOB, 0), inPieces(large, 1_000_000));
    expect(s3.objects.get(`moods/uploads/${JOB}/0`)?.length).toBe(large.length);
    expect(s3.openUploads).toBe(0);
    await store.close();
  });

  it('stands still is given up and asked again', async () => {
    const store = await openS3Store('s3://lab/moods', s3.environment, { ...TIMES, idleMs: 3000 });
    s3.be('standing still', 1);
    await store.replace(resultKey(JOB, 0), Buffer.from('result'));
    expect(s3.objects.get(`moods/results/${JOB}/0.ndjson.gz`)?.toString()).toBe('result');
    await store.close();
  });

  it('refuses says so, and leaves nothing half there', async () => {
    const store = await open();
    s3.be('forbidden');
    await expect(store.replace(resultKey(JOB, 1), Buffer.from('a'))).rejects.toThrow(
      's3://lab/moods: answers 403 AccessDenied; check the bucket, its endpoint and its keys',
    );
    s3.be('busy');
    await expect(store.add(uploadKey(JOB, 1), inPieces(large, 1_000_000))).rejects.toThrow('503 SlowDown');
    s3.be('well');
    expect([...s3.objects.keys()].filter((key) => key.endsWith('/1'))).toEqual([]);
    expect(s3.openUploads).toBe(0);
    await store.close();
  });

  it('is asked once for several users of a file, and keeps it for the next', async () => {
    const store = await open();
    await store.replace(uploadKey(JOB, 2), Buffer.from('a video'));
    const before = s3.requests.length;
    const files = await Promise.all([store.borrow(uploadKey(JOB, 2)), store.borrow(uploadKey(JOB, 2))]);
    for (const file of files) file.release();
    const { path, release } = await store.borrow(uploadKey(JOB, 2));
    release();
    expect(s3.requests.length).toBe(before + 1);
    await store.close();
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it.each<[string, string, NodeJS.ProcessEnv, string]>([
    ['has a bad address', 's3://../x', {}, 'must be a folder or s3://bucket/prefix'],
    ['has a prefix that leaves it', 's3://lab/../x', {}, 'must be a folder or s3://bucket/prefix'],
    ['has no keys', 's3://lab/x', { AWS_ACCESS_KEY_ID: '' }, 'needs AWS_ACCESS_KEY_ID'],
    ['has another secret', 's3://lab/x', { AWS_SECRET_ACCESS_KEY: 'x' }, '403 SignatureDoesNotMatch'],
    ['is not there', 's3://elsewhere', {}, 'there is no such bucket'],
    ['has no service', 's3://lab', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'cannot be reached'],
  ])('%s is refused at the start', async (_, url, environment, message) => {
    await expect(openS3Store(url, { ...s3.environment, ...environment }, TIMES)).rejects.toThrow(message);
  });

  it('has slashes too many is the same', () => {
    expect(parseS3Url('s3://lab')).toEqual({ bucket: 'lab', prefix: '' });
    expect(parseS3Url('s3://lab//a/b//')).toEqual({ bucket: 'lab', prefix: 'a/b' });
  });
});
