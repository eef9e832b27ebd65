/** The description of the service, held against the service itself, and a client generated from it. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openService, START_MS, toForm, type TestService } from '../testing/open-service.js';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

let tested: TestService;
let text: string;
let operations: ReadonlyMap<string, Operation>;
let portrait: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  portrait = new Uint8Array(await sharp(PORTRAIT).resize(256).jpeg().toBuffer());
  tested = await openService({ touchMs: 200 });
  text = await (await tested.ask('openapi.json')).text();
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> };
  operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    ),
  );
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

it('states every route, and every answer has a status, a type and a form that it states', async () => {
  const { id } = await tested.untilOver(
    await tested.submit(toForm({ 'a.jpg': portrait, 'b.jpg': new Uint8Array(3) })),
  );
  const queued = await tested.submit(toForm({ 'a.jpg': portrait }));
  const nobody = 'v1/jobs/00000000-0000-4000-8000-000000000000';
  const post = (body: BodyInit, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    body,
    headers,
  });
  const put = { method: 'PUT', body: new Uint8Array(makeCheckpoint()) };
  const input = {
    name: 'a',
    datatype: 'BYTES',
    shape: [1],
    data: [Buffer.from(portrait).toString('base64')],
  };
  const exchanges: [route: string, path: string, init?: RequestInit][] = [
    ['get /healthz', 'healthz'],
    ['get /readyz', 'readyz'],
    ['get /metrics', 'metrics'],
    ['get /v1/workers', 'v1/workers'],
    ['get /v1/backup', 'v1/backup'],
    ['post /v1/analyze', 'v1/analyze', post(portrait)],
    ['post /v1/analyze', 'v1/analyze', post(toForm({ a: portrait, b: portrait }))],
    ['post /v1/analyze', 'v1/analyze', post('no picture')],
    ['post /v1/analyze', 'v1/analyze', post('x', { 'content-type': 'multipart/form-data' })],
    ['post /v1/analyze', 'v1/analyze?model=none', post(portrait)],
    ['post /v1/jobs', 'v1/jobs', post(toForm({ a: portrait }))],
    ['post /v1/jobs', 'v1/jobs', post(toForm({ a: portrait }, { every: 'often' }))],
    ['post /v1/jobs', 'v1/jobs', post('text', { 'content-type': 'text/plain' })],
    ['get /v1/jobs', 'v1/jobs'],
    ['get /v1/jobs/{id}', `v1/jobs/${id}`],
    ['get /v1/jobs/{id}', `v1/jobs/${id}`, { headers: { accept: 'text/event-stream' } }],
    ['get /v1/jobs/{id}', nobody],
    ['get /v1/jobs/{id}/result', `v1/jobs/${id}/result`],
    ...['ndjson', 'csv', 'vtt'].map((format): [string, string] => ['get /v1/jobs/{id}/result', `v1/jobs/${id}/result?format=${format}`]), // prettier-ignore
    ['get /v1/jobs/{id}/result', `v1/jobs/${id}/result?format=exe`],
    ['get /v1/jobs/{id}/result', `${nobody}/result`],
    ['post /v1/jobs/{id}/retry', `v1/jobs/${id}/retry`, { method: 'POST' }],
    ['post /v1/jobs/{id}/retry', `v1/jobs/${queued.id}/retry`, { method: 'POST' }],
    ['delete /v1/jobs/{id}', nobody, { method: 'DELETE' }],
    ['get /v1/models', 'v1/models'],
    ['put /v1/models/{name}', 'v1/models/mine', put],
    ['put /v1/models/{name}', 'v1/models/mine', put],
    ['put /v1/models/{name}', 'v1/models/mine', { method: 'PUT', body: 'no model' }],
    ['put /v1/models/{name}', 'v1/models/MINE', put],
    ['get /v2', 'v2'],
    ['get /v2/health/live', 'v2/health/live'],
    ['get /v2/health/ready', 'v2/health/ready'],
    ['get /v2/models/{name}', 'v2/models/mine'],
    ['get /v2/models/{name}', 'v2/models/none'],
    ['get /v2/models/{name}/ready', 'v2/models/mine/ready'],
    ['post /v2/models/{name}/infer', 'v2/models/mine/infer', post(JSON.stringify({ inputs: [input] }))],
    ['post /v2/models/{name}/infer', 'v2/models/mine/infer', post('no JSON')],
    ['delete /v1/models/{name}', 'v1/models/mine', { method: 'DELETE' }],
    ['delete /v1/models/{name}', 'v1/models/mine', { method: 'DELETE' }],
  ];
  const succeeded = new Set<string>();
  for (const [route, path, init = {}] of exchanges) {
    const response = await tested.ask(path, init);
    if (response.ok) succeeded.add(route);
    await expectStated(route, response);
  }
  // Whichever it does by now: one that is over answers 409, which is stated as well.
  const last = await tested.submit(toForm(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}`, portrait])))); // prettier-ignore
  const cancelled = await tested.ask(`v1/jobs/${last.id}`, { method: 'DELETE' });
  if (cancelled.ok || cancelled.status === 409) succeeded.add('delete /v1/jobs/{id}');
  await expectStated('delete /v1/jobs/{id}', cancelled);
  expect([...succeeded].sort()).toEqual([...operations.keys()].sort());
});

async function expectStated(route: string, response: Response): Promise<void> {
  const what = `${route} ${response.status}`;
  const stated = operations.get(route)?.responses[String(response.status)];
  expect(stated, what).toBeDefined();
  const body = await response.text();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (stated?.content === undefined) {
    expect([type, body], what).toEqual(['', '']);
    return;
  }
  expect(Object.keys(stated.content), what).toContain(type);
  if (!type.endsWith('json') || type.endsWith('ndjson')) return;
  const schema = z.fromJSONSchema(withComponents(stated.content[type]?.schema ?? {}) as never);
  const { error } = schema.safeParse(JSON.parse(body));
  expect(error?.issues, what).toBeUndefined();
}

/** References lead into the document: it comes along. */
function withComponents(schema: object): object {
  const { components } = JSON.parse(text) as { components?: { schemas?: object } };
  const inlined = JSON.stringify({ ...schema, $defs: components?.schemas ?? {} });
  return JSON.parse(inlined.replaceAll('#/components/schemas/', '#/$defs/')) as object;
}

it('gives a client whose types a compiler holds programs to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mien-client-'));
  try {
    const types = astToString(await openapiTypescript(JSON.parse(text) as OpenAPI3));
    await writeFile(join(folder, 'service.ts'), types);
    await writeFile(join(folder, 'use.ts'), PROGRAM);
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2022,dom',
    ];
    execFileSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout ?? String(error), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const PROGRAM = `
import type { paths } from './service.js';

type Answer<Path extends keyof paths, Method extends 'get' | 'post' | 'put'> =
  paths[Path] extends Record<Method, { responses: infer Responses }>
    ? { [Status in keyof Responses & (200 | 201)]: Responses[Status] extends { content: { 'application/json': infer Body } } ? Body : never }[keyof Responses & (200 | 201)]
    : never;

export async function faces(picture: Blob): Promise<string[]> {
  const response = await fetch('http://127.0.0.1:7342/v1/analyze', { method: 'POST', body: picture });
  const answer = (await response.json()) as Answer<'/v1/analyze', 'post'>;
  return (Array.isArray(answer) ? answer : [answer]).flatMap(({ faces }) => faces.map(({ expression }) => expression));
}

export function describe(job: Answer<'/v1/jobs/{id}', 'get'>): string {
  // @ts-expect-error a job is never lost
  if (job.state === 'lost') return '';
  const [item] = job.items;
  // @ts-expect-error an item has no colour
  item?.colour;
  return \`\${job.name}: \${job.state === 'running' ? job.progress.toFixed(2) : job.state} \${item?.error?.message ?? ''}\`;
}

export const names = ({ models }: Answer<'/v1/models', 'get'>): string[] => models.map(({ id, labels }) => id + labels.join());
`;
