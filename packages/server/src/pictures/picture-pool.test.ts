/** Pictures over the threads of the built service: each request gets the answer to its own picture. */
import { createAnalyzer, type Analysis } from '@mien/node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPicturePool } from '../../dist/modules/pictures/picture-pool.js';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openService, START_MS, type TestService } from '../testing/open-service.js';
import { createPicturePool as createUnbuiltPool, type PicturePool } from './picture-pool.js';

const POOL = { maxQueued: 5, timeLimitMs: 60_000, maxPixels: 1e6 };
const SIDES = [96, 130, 164, 198, 232, 266];

let tested: TestService;
let pictures: { readonly bytes: Uint8Array<ArrayBuffer>; readonly expected: Analysis }[];
beforeAll(async () => {
  tested = await openService({ threads: 2, concurrency: 0 });
  const analyzer = await createAnalyzer();
  pictures = [];
  for (const side of SIDES) {
    const bytes = new Uint8Array(await sharp(PORTRAIT).resize(side).jpeg().toBuffer());
    const analysis = await analyzer.analyze(bytes);
    pictures.push({ bytes, expected: JSON.parse(JSON.stringify(analysis)) as Analysis });
  }
  await analyzer.dispose();
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

const analyze = (body: Uint8Array<ArrayBuffer>) => tested.ask('v1/analyze', { method: 'POST', body });

it('answers each with its own picture, also beside files that are none', async () => {
  const broken = new Uint8Array(2000).fill(1);
  const asked = Array.from({ length: 24 }, (_, index) => pictures[index % SIDES.length]!);
  const answers = await Promise.all(
    asked.flatMap(({ bytes }, index) =>
      index % 4 === 0 ? [analyze(broken), analyze(bytes)] : [analyze(bytes)],
    ),
  );
  const read = answers.filter(({ status }) => status === 200);
  expect(answers.length - read.length).toBe(6);
  expect(await Promise.all(read.map((answer) => answer.json()))).toEqual(
    asked.map(({ expected }) => expected),
  );
  const metrics = await (await tested.ask('metrics')).text();
  expect(metrics).toMatch(/^mien_pictures_in_progress 0$/m);
});

/** What comes of two pictures at once. */
async function refusalsOf(pool: PicturePool, bytes: Uint8Array): Promise<string[]> {
  const ends = await Promise.allSettled([pool.analyze(bytes), pool.analyze(bytes)]);
  return ends.map((end) => (end.status === 'fulfilled' ? 'answered' : (end.reason as Error).message));
}

it('answers what waits while it closes, though the last thread is ended', async () => {
  const onProblem = (error: Error) => expect.fail(error.message);
  const pool = createPicturePool({ ...POOL, threads: 1, timeLimitMs: 1, onProblem });
  const refusals = refusalsOf(pool, pictures[0]!.bytes);
  await pool.close();
  const late = 'picture: took longer than 0.001 s, the limit of this service; make it smaller';
  expect(await refusals).toEqual([late, late]);
});

it('refuses what waits when no thread can start, and tries again for the next', async () => {
  const problems: string[] = [];
  const onProblem = ({ message }: Error) => void problems.push(message);
  // Beside the sources there is no script for a thread.
  const pool = createUnbuiltPool({ ...POOL, threads: 2, onProblem });
  const bytes = new Uint8Array(1);
  const first = await refusalsOf(pool, bytes);
  expect(first[0]).toMatch(/^a worker thread ended: .*Cannot find module/);
  expect(first[1]).toBe(first[0]);
  await expect(pool.ready).rejects.toThrow('Cannot find module');
  expect(problems).toEqual([]); // `ready` said it.
  expect(await refusalsOf(pool, bytes)).toEqual(first);
  expect(problems).toHaveLength(2);
  await expect(pool.openStream().analyze(bytes, 0)).rejects.toThrow('connect again');
  await pool.close();
});

it('refuses pictures and streams at once where there are no threads for them', async () => {
  const onProblem = (error: Error) => expect.fail(error.message);
  const pool = createUnbuiltPool({ ...POOL, threads: 0, onProblem });
  const bytes = new Uint8Array(1);
  await expect(pool.analyze(bytes)).rejects.toThrow('this process only works on jobs');
  await expect(pool.openStream().analyze(bytes, 0)).rejects.toThrow('this process only works on jobs');
  await pool.close();
});

it('refuses what waits when the system has no room for a thread, and closes', async () => {
  const onProblem = () => undefined;
  // What cannot be copied to a thread fails where a limit of processes does: in the constructor.
  const maxPixels = (() => 1) as unknown as number;
  const pool = createUnbuiltPool({ ...POOL, maxPixels, threads: 2, onProblem });
  await expect(pool.ready).rejects.toThrow('a worker thread cannot start: DataCloneError');
  const bytes = new Uint8Array(1);
  const refusal = expect.stringContaining('a worker thread cannot start') as string;
  expect(await refusalsOf(pool, bytes)).toEqual([refusal, refusal]);
  expect(pool.load).toBe(0);
  await pool.close();
});
