/** Models of one's own at the built service: uploaded, checked, used everywhere, and what strangers upload. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAnalyzer, type Analysis } from '@mien/node';
import { DEFAULT_MODEL } from '@mien/node/models';
import { strToU8, zipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { LABELS, makeCheckpoint } from '../../../../node/src/testing/make-checkpoint.js';
import { makeExternalOnnx } from '../../../../node/src/testing/make-external-onnx.js';
import { PORTRAIT } from '../../../../node/src/testing/make-video.js';
import { openKeyFile } from '../../keys/key-file.js';
import { openService, problemOf, START_MS, toForm, type TestService } from '../../testing/open-service.js';
import { modelSchema } from '../schemas.js';

let portrait: Uint8Array<ArrayBuffer>;
let checkpoint: Uint8Array<ArrayBuffer>;
/** What the library says with the uploaded model. */
let expected: Analysis;
let tested: TestService;
const ask: TestService['ask'] = (path, init) => tested.ask(path, init);
const upload = (name: string, body: BodyInit, query = '') =>
  ask(`v1/models/${name}${query}`, { method: 'PUT', body });

beforeAll(async () => {
  portrait = new Uint8Array(await sharp(PORTRAIT).resize(256).jpeg().toBuffer());
  checkpoint = new Uint8Array(makeCheckpoint());
  const analyzer = await createAnalyzer({ model: checkpoint });
  const analysis = await analyzer.analyze(portrait);
  expected = JSON.parse(JSON.stringify({ ...analysis, model: 'mine' })) as Analysis;
  await analyzer.dispose();
  tested = await openService({ limits: { modelBytes: 2_000_000 }, touchMs: 200 });
  expect((await upload('mine', checkpoint)).status).toBe(201);
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

describe('an uploaded model', () => {
  it('is listed with its labels and hash; the same upload changes nothing, another one needs another name', async () => {
    const { models } = z.object({ models: modelSchema.array() }).parse(await (await ask('v1/models')).json());
    expect(models[0]?.id).toBe(DEFAULT_MODEL);
    expect(models.at(-1)).toMatchObject({ id: 'mine' });
    expect(models.at(-1)).toMatchObject({
      labels: [...LABELS],
      inputShape: [48, 48, 1],
      sizeBytes: checkpoint.length,
    });
    expect((await upload('mine', checkpoint)).status).toBe(200);
    expect(await problemOf(upload('mine', new Uint8Array(makeCheckpoint(LABELS, 2))))).toBe('409 CONFLICT');
    expect(await problemOf(upload(DEFAULT_MODEL, checkpoint))).toBe('409 CONFLICT');
  });

  it('reads pictures, jobs and streams', async () => {
    const at = await ask('v1/analyze?model=mine', { method: 'POST', body: portrait });
    expect(await at.json()).toEqual(expected);
    const job = await tested.untilOver(await tested.submit(toForm({ 'a.jpg': portrait }, { model: 'mine' })));
    expect(job.settings).toEqual({ model: 'mine' });
    const [result] = (await (await ask(`v1/jobs/${job.id}/result`)).json()) as Analysis[];
    expect(result).toEqual({ source: 'a.jpg', ...expected });
    const standard = await tested.untilOver(await tested.submit(toForm({ 'a.jpg': portrait })));
    const [other] = (await (await ask(`v1/jobs/${standard.id}/result`)).json()) as Analysis[];
    expect(other?.model).toBe(DEFAULT_MODEL);
    const socket = new WebSocket(new URL('v1/stream?model=mine', tested.service.url.replace('http', 'ws')));
    socket.on('open', () => socket.send(portrait));
    const answer = await new Promise<Analysis>((resolve) =>
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()) as Analysis)),
    );
    socket.close();
    expect(answer).toMatchObject({ model: 'mine', faces: [{ id: 1 }] });
    expect(answer.faces[0]?.probabilities).toEqual(expected.faces[0]?.probabilities);
  });

  it('is gone once it is deleted', async () => {
    expect((await upload('brief', checkpoint)).status).toBe(201);
    expect((await ask('v1/models/brief', { method: 'DELETE' })).status).toBe(204);
    expect(await problemOf(ask('v1/models/brief', { method: 'DELETE' }))).toBe('404 NOT_FOUND');
    const form = toForm({ 'a.jpg': portrait }, { model: 'brief' });
    expect(await problemOf(ask('v1/jobs', { method: 'POST', body: form }))).toBe('404 NOT_FOUND');
    expect(await problemOf(ask('v1/analyze?model=brief', { method: 'POST', body: portrait }))).toBe(
      '404 NOT_FOUND',
    );
    // It is listed, so it is not said to be missing.
    expect(await problemOf(ask(`v1/models/${DEFAULT_MODEL}`, { method: 'DELETE' }))).toBe('409 CONFLICT');
    // Its content has another name, too.
    expect((await ask('v1/analyze?model=mine', { method: 'POST', body: portrait })).status).toBe(200);
  });

  it('takes from the address what its file does not say, and says so where it is missing', async () => {
    const golden = new URL('../../../../formats/src/keras/golden/sequential.keras', import.meta.url);
    const file = new Uint8Array(await readFile(golden));
    const answer = (await (await upload('keras', file)).json()) as { detail: string };
    expect(answer.detail).toBe(
      'keras: does not say what its 4 outputs mean (labels=a,b,…) and what grey 0 and 255 become at its input (range=-1,1); add it to the address, after a ?',
    );
    const added = await upload('keras', file, '?labels=a,b,c,d&range=-1,1');
    expect(modelSchema.parse(await added.json()).labels).toEqual(['a', 'b', 'c', 'd']);
    // Jobs that wait would get other labels.
    expect(await problemOf(upload('keras', file, '?labels=d,c,b,a&range=-1,1'))).toBe('409 CONFLICT');
    expect((await ask('v1/models/keras', { method: 'DELETE' })).status).toBe(204);
  });

  it('keeps the labels that its file names', async () => {
    expect(await problemOf(upload('other', checkpoint, '?labels=a,b'))).toBe('422 MODEL_INVALID');
    expect((await upload('same', checkpoint, `?labels=${LABELS.join(',')}`)).status).toBe(201);
    expect((await ask('v1/models/same', { method: 'DELETE' })).status).toBe(204);
  });

  it('keeps the input range that its file states', async () => {
    expect(await problemOf(upload('other', checkpoint, '?range=0,7'))).toBe('422 MODEL_INVALID');
  });

  it.each(['..', '.hidden', 'a/b', 'A', 'a'.repeat(64), '%2e%2e%2fetc', '-a'])(
    'has a plain name: %s',
    async (name) => {
      const answer = await ask(`v1/models/${encodeURIComponent(name)}`, { method: 'PUT', body: checkpoint });
      expect([400, 404]).toContain(answer.status);
    },
  );

  it('needs the scope admin', async () => {
    const file = openKeyFile(join(tested.folder, 'keys.json'));
    const { key, stored } = await file.create({ name: 'a', scopes: ['analyze', 'jobs'] });
    try {
      const headers = { authorization: `Bearer ${key}` };
      const put = ask('v1/models/theirs', { method: 'PUT', body: checkpoint, headers });
      expect(await problemOf(put)).toBe('403 SCOPE_MISSING');
      expect(await problemOf(ask('v1/models/mine', { method: 'DELETE', headers }))).toBe('403 SCOPE_MISSING');
    } finally {
      await file.revoke(stored.id);
    }
  });
});

describe('refuses with one line', () => {
  it.each<[string, () => Uint8Array, string]>([
    ['a text', () => strToU8('no model at all'), '422 MODEL_INVALID'],
    ['nothing', () => new Uint8Array(0), '422 MODEL_INVALID'],
    ['a file that is cut off', () => checkpoint.subarray(0, checkpoint.length / 2), '422 MODEL_INVALID'],
    ['a header that promises 2^60 bytes', () => checkpoint.with(6, 0x10), '422 MODEL_INVALID'],
    ['operators that our engine lacks', () => makeExternalOnnx(), '422 UNSUPPORTED'],
    ['a pickle', () => Uint8Array.of(0x80, 2, 0x7d), '422 UNSUPPORTED'],
    ['an archive that unpacks to 50 MB', bomb, '413 INPUT_TOO_LARGE'],
    ['more bytes than allowed', () => new Uint8Array(2_000_001), '413 BODY_TOO_LARGE'],
  ])('%s', async (_, make, refusal) => {
    const answer = await upload('bad', new Uint8Array(make()));
    const text = await answer.clone().text();
    expect(await problemOf(Promise.resolve(answer))).toBe(refusal);
    expect(text).not.toContain(tested.folder);
    expect((JSON.parse(text) as { detail: string }).detail).toMatch(/^[^\n]+$/);
    expect(await problemOf(ask('v1/models/bad', { method: 'DELETE' }))).toBe('404 NOT_FOUND');
  });

  it.each([
    '?labels=',
    '?labels=a,,b',
    '?range=1',
    '?range=a,b',
    '?range=1,2,3',
    '?range=,1',
    '?range=1,1',
    '?range=-1,1&range=0,1',
    '?rnage=-1,1',
  ])('%s', async (query) => {
    expect(await problemOf(upload('bad', checkpoint, query))).toBe('400 USAGE');
  });

  it('a model that takes too long, or too much memory', async () => {
    const hasty = await openService({ limits: { modelMs: 1 } });
    try {
      const answer = hasty.ask('v1/models/slow', { method: 'PUT', body: checkpoint });
      expect(await problemOf(answer)).toBe('413 INPUT_TOO_LARGE');
    } finally {
      await hasty.close();
    }
  });
});

/** Keras' archive with weights of zeros. */
function bomb(): Uint8Array {
  const zeros = new Uint8Array(50_000_000);
  return zipSync({
    'config.json': strToU8('{}'),
    'metadata.json': strToU8('{}'),
    'model.weights.h5': [zeros, { level: 9 }],
  });
}

describe('the protocol of KServe', () => {
  const infer = (body: BodyInit | object, headers: Record<string, string> = {}, name = 'mine') =>
    ask(`v2/models/${name}/infer`, {
      method: 'POST',
      headers,
      body:
        body instanceof Uint8Array || typeof body === 'string' ? (body as BodyInit) : JSON.stringify(body),
    });
  const base64 = () => Buffer.from(portrait).toString('base64');
  const outputOf = async (answer: Promise<Response>) => {
    const response = await answer;
    const body = (await response.json()) as { outputs: { shape: number[]; data: unknown[] }[] };
    expect(response.status, JSON.stringify(body)).toBe(200);
    return body.outputs[0] ?? expect.fail('no output');
  };

  it('says that it is there, and what a model takes', async () => {
    expect(await (await ask('v2')).json()).toMatchObject({ name: 'mien' });
    expect(await (await ask('v2/health/live')).json()).toEqual({ live: true });
    expect(await (await ask('v2/health/ready')).json()).toEqual({ ready: true });
    expect(await (await ask('v2/models/mine')).json()).toMatchObject({
      name: 'mine',
      inputs: [{ datatype: 'BYTES' }],
    });
    expect(await (await ask('v2/models/mine/ready')).json()).toEqual({ name: 'mine', ready: true });
    expect(await problemOf(ask('v2/models/none'))).toBe('404 NOT_FOUND');
  });

  it('reads pictures in base64 and as binary tensor data, as /v1/analyze does', async () => {
    const input = { name: 'pictures', datatype: 'BYTES', shape: [2] };
    const inText = await outputOf(infer({ id: '7', inputs: [{ ...input, data: [base64(), base64()] }] }));
    expect(inText.data.map((text) => JSON.parse(String(text)) as unknown)).toEqual([expected, expected]);
    const element = Buffer.concat([Buffer.alloc(4), portrait]);
    element.writeUInt32LE(portrait.length);
    const parameters = { binary_data_size: element.length };
    const header = Buffer.from(JSON.stringify({ inputs: [{ ...input, shape: [1], parameters }] }));
    const headers = { 'inference-header-content-length': String(header.length) };
    const binary = await outputOf(infer(new Uint8Array(Buffer.concat([header, element])), headers));
    expect(JSON.parse(String(binary.data[0]))).toEqual(expected);
  });

  it('reads crops of faces', async () => {
    const data = Array.from({ length: 2 * 48 * 48 }, (_, index) => Math.sin(index));
    const output = await outputOf(
      infer({ inputs: [{ name: 'crops', datatype: 'FP32', shape: [2, 48, 48, 1], data }] }),
    );
    expect(output.shape).toEqual([2, LABELS.length]);
    const sum = output.data
      .slice(0, LABELS.length)
      .reduce<number>((total, value) => total + Number(value), 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it.each<[string, object, string]>([
    ['no inputs', {}, '400 INFER_INVALID'],
    [
      'another type',
      { inputs: [{ name: 'a', datatype: 'INT8', shape: [1], data: [1] }] },
      '400 INFER_INVALID',
    ],
    [
      'too few pictures',
      { inputs: [{ name: 'a', datatype: 'BYTES', shape: [2], data: ['aGk='] }] },
      '400 INFER_INVALID',
    ],
    [
      'too many pictures',
      { inputs: [{ name: 'a', datatype: 'BYTES', shape: [1e6], data: [] }] },
      '413 TOO_MANY_FILES',
    ],
    [
      'no base64',
      { inputs: [{ name: 'a', datatype: 'BYTES', shape: [1], data: ['???'] }] },
      '400 INFER_INVALID',
    ],
    [
      'no picture',
      { inputs: [{ name: 'a', datatype: 'BYTES', shape: [1], data: ['aGk='] }] },
      '422 INPUT_INVALID',
    ],
    [
      'a huge shape',
      { inputs: [{ name: 'a', datatype: 'FP32', shape: [1, 1e5, 1e5, 3], data: [1] }] },
      '400 INFER_INVALID',
    ],
    [
      'another shape',
      { inputs: [{ name: 'a', datatype: 'FP32', shape: [1, 1, 1, 1], data: [1] }] },
      '400 USAGE',
    ],
    [
      'texts for numbers',
      { inputs: [{ name: 'a', datatype: 'FP32', shape: [1, 1, 1, 1], data: ['1'] }] },
      '400 INFER_INVALID',
    ],
  ])('refuses %s', async (_, body, refusal) => {
    expect(await problemOf(infer(body))).toBe(refusal);
  });

  it('refuses what is no JSON, and wrong lengths', async () => {
    expect(await problemOf(infer('no JSON'))).toBe('400 INFER_INVALID');
    const body = JSON.stringify({ inputs: [{ name: 'a', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 9 } }] }); // prettier-ignore
    expect(await problemOf(infer(body))).toBe('400 INFER_INVALID');
    expect(await problemOf(infer(body, { 'inference-header-content-length': '99999' }))).toBe(
      '400 INFER_INVALID',
    );
  });
});
