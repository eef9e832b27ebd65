import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLabelMap } from '../node/read-label-map.js';
import { orderLabels, resolveLabel } from './label-map.js';

describe('resolveLabel', () => {
  it.each([
    ['anger', 'angry'],
    ['AN', 'angry'],
    ['Disgusted', 'disgust'],
    ['AF', 'fear'],
    [' Happiness ', 'happy'],
    ['sadness', 'sad'],
    ['surprised', 'surprise'],
    ['NE', 'neutral'],
    ['contempt', 'contempt'],
    ['smirk', 'smirk'],
    ['constructor', 'constructor'],
  ])('maps %j to %j', (name, expected) => {
    expect(resolveLabel(name)).toBe(expected);
  });

  it('prefers a map to synonyms, under either name, in any case', () => {
    const map = { anger: 'furious', contempt: null, sad: 'down', '3': 'happy' };
    expect(
      ['anger', 'Anger', 'contempt', 'Sadness', '3', 'fear'].map((name) => resolveLabel(name, map)),
    ).toEqual(
      ['furious', 'furious', null, 'down', 'happy', 'fear'], // prettier-ignore
    );
  });
});

describe('orderLabels', () => {
  it("is FER2013's for its labels and alphabetical for others", () => {
    expect(orderLabels(new Set(['sad', 'happy', 'angry']))).toEqual(['angry', 'happy', 'sad']);
    expect(orderLabels(new Set(['sad', 'happy', 'contempt']))).toEqual(['contempt', 'happy', 'sad']);
  });
});

describe('readLabelMap', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-map-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (content: string | Uint8Array) => {
    await writeFile(join(folder, 'map.json'), content);
    return readLabelMap(join(folder, 'map.json'));
  };

  it('reads names and null, also after a byte order mark', async () => {
    expect(await read('\uFEFF{"a": "happy ", "b": null}')).toEqual({ a: 'happy', b: null });
    const map = await read('{"__proto__": "sad"}');
    expect(resolveLabel('__proto__', map)).toBe('sad');
  });

  it.each([
    ['', /is not JSON/],
    ['{"a": ', /is not JSON/],
    ['[]', /is not an object/],
    ['null', /is not an object/],
    ['{"a": 3}', /"a" must be a name or null, got 3/],
    ['{"a": " "}', /"a" must be a name or null, got " "/],
    [JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, 'x']))), /has 1001 names/],
    [new Uint8Array(1_048_577), /1048577 bytes, expected at most 1048576/],
  ])('rejects %.20j in one line that says what is expected', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(/map\.json: .*; expected JSON such as/);
  });

  it('rejects a missing file and a folder', async () => {
    await expect(readLabelMap(join(folder, 'none'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    await expect(readLabelMap(folder)).rejects.toThrow(/is a folder; expected JSON/);
  });
});
