/** Pictures over the threads of the built service: each request gets the answer to its own picture. */
import { createAnalyzer, type Analysis } from '@mien/node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openService, START_MS, type TestService } from '../testing/open-service.js';

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
