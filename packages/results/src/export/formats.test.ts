/** The output formats, character for character: other programs read them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Face } from '@mien/core';
import { describe, expect, it } from 'vitest';
import type { FrameResult } from '../frame-result.js';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { createFormatter, type Format, FORMATS, loadOutputFormatter } from './create-formatter.js';
import { toCsvLine } from './csv-line.js';
import { toFaceColumns, toFaceRows } from './face-columns.js';

const LABELS = ['calm', 'a,"b"'];
const face = (over: Partial<Face> = {}): Face => ({
  box: { x: 1.5, y: 2, width: 30, height: 40 },
  score: 0.9,
  probabilities: { calm: 0.75, 'a,"b"': 0.25 },
  expression: 'calm',
  quality: {
    verdict: 'good',
    measures: { sidePx: 40, brightness: 0.5, contrast: 0.2, sharpness: 1, outside: 0 },
  },
  unsure: false,
  ...over,
});
const smoothed = (expression: string) => ({
  box: { x: 1, y: 2, width: 30, height: 40 },
  probabilities: { calm: 0.5, 'a,"b"': 0.5 },
  expression,
  sinceMs: 0,
});
const result = (timestampMs: number | undefined, ...faces: Face[]): FrameResult => ({
  source: 'a, b.mp4',
  width: 64,
  height: 48,
  ...(timestampMs !== undefined && { timestampMs }),
  model: 'm',
  detector: 'd',
  faces,
});

function format(name: Format, results: readonly FrameResult[], endMs?: number): string {
  const formatter = createFormatter(name, { labels: LABELS });
  return results.map((one) => formatter.add(one)).join('') + formatter.end(endMs);
}

const CALM = face({ id: 1, smoothed: smoothed('calm') });
const OTHER = face({ id: 2, unsure: true, smoothed: smoothed('a,"b"') });
const VIDEO = [
  result(0, face({ smoothed: smoothed('calm') })),
  result(200, CALM),
  result(400, CALM, OTHER),
  result(600),
  result(3_600_800, CALM),
];

describe('json', () => {
  it.each([[[]], [VIDEO.slice(0, 1)], [VIDEO]])('is one array, as JSON.stringify writes it', (results) => {
    expect(format('json', results)).toBe(`${JSON.stringify(results, undefined, 2)}\n`);
  });
});

describe('ndjson', () => {
  it('is one object per frame; a picture has the time 0', () => {
    const lines = format('ndjson', [result(undefined, face()), ...VIDEO])
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      [result(undefined, face()), ...VIDEO].map(({ source, timestampMs = 0, faces }) => ({
        source,
        timestampMs,
        faces,
      })),
    );
  });
});

describe('csv', () => {
  it('has a header, one row per face, and a row for a frame without faces', () => {
    expect(format('csv', [result(undefined, face()), result(400, CALM, OTHER), result(600)])).toBe(
      [
        'source,timestampMs,face,id,x,y,width,height,score,quality,unsure,expression,smoothed_expression,calm,"a,""b""",smoothed_calm,"smoothed_a,""b"""',
        '"a, b.mp4",0,1,,1.5,2,30,40,0.9,good,false,calm,,0.75,0.25,,',
        '"a, b.mp4",400,1,1,1.5,2,30,40,0.9,good,false,calm,calm,0.75,0.25,0.5,0.5',
        '"a, b.mp4",400,2,2,1.5,2,30,40,0.9,good,true,calm,"a,""b""",0.75,0.25,0.5,0.5',
        '"a, b.mp4",600,,,,,,,,,,,,,,,',
        '',
      ].join('\n'),
    );
  });

  it('has a header also without results', () => {
    expect(format('csv', [])).toMatch(/^source,timestampMs,face,id,[^\n]*\n$/);
  });

  it('has the columns of docs/OUTPUTS.md, in the same order', async () => {
    const text = await readFile(
      fileURLToPath(new URL('../../../../docs/OUTPUTS.md', import.meta.url)),
      'utf8',
    );
    const documented = [...text.matchAll(/^\| `(\w+)` +\| csv/gm)].map(([, name]) => name);
    expect(format('csv', []).split(',').slice(0, documented.length)).toEqual(documented);
    expect(documented.at(-1)).toBe('smoothed_expression');
  });
});

describe('vtt', () => {
  it('names faces by id, joins equal frames, and leaves out faces without an id', () => {
    expect(format('vtt', VIDEO)).toBe(
      [
        'WEBVTT',
        '',
        '00:00:00.200 --> 00:00:00.400',
        '<v 1>1 calm',
        '',
        '00:00:00.400 --> 00:00:00.600',
        '<v 1>1 calm',
        '<v 2>2 a,"b" (unsure)',
        '',
        '01:00:00.800 --> 02:00:01.000',
        '<v 1>1 calm',
        '',
      ].join('\n'),
    );
    expect(format('vtt', [])).toBe('WEBVTT\n');
  });

  it.each([
    ['that is known', 7000, '00:00:07.000'],
    ['that is unknown', undefined, '00:00:09.000'],
    ['that is wrong, before the last frame', 5000, '00:00:09.000'],
    ['long after the last frame', 60_000, '00:00:09.000'],
  ])('ends no later than a recording with an end %s', (_, endMs, expected) => {
    const everyThree = [0, 3000, 6000].map((timeMs) => result(timeMs, CALM));
    expect(format('vtt', everyThree, endMs)).toContain(`00:00:00.000 --> ${expected}\n`);
  });

  it('escapes labels', () => {
    const hostile = face({ id: 1, smoothed: smoothed('<b>\n\n00:00 --> 01:00 &') });
    expect(format('vtt', [result(0, hostile)])).toContain('<v 1>1 &lt;b&gt; 00:00 --&gt; 01:00 &amp;\n');
  });
});

describe('table', () => {
  it('has one line per frame', () => {
    expect(format('table', VIDEO)).toBe(
      [
        'a, b.mp4  64×48',
        '  0:00.000  · calm 50 %',
        '  0:00.200  1 calm 50 %',
        '  0:00.400  1 calm 50 %   2 a,"b" 50 % (unsure)',
        '  0:00.600  no face',
        '  1:00:00.800  1 calm 50 %',
        '',
      ].join('\n'),
    );
  });
});

it('every format ends with a line break', () => {
  for (const name of FORMATS) expect(format(name, VIDEO).endsWith('\n')).toBe(true);
});

describe('parquet', () => {
  const toFile = async (results: readonly FrameResult[], labels = LABELS): Promise<ArrayBuffer> => {
    const formatter = await loadOutputFormatter('parquet', { labels });
    const pieces = [...results.map((one) => formatter.add(one)), formatter.end()];
    const { buffer, byteOffset, byteLength } = Buffer.concat(pieces.map((piece) => piece as Uint8Array));
    return buffer.slice(byteOffset, byteOffset + byteLength);
  };

  it('holds the rows of csv: null where csv is empty, numbers to the last bit', async () => {
    const results = [result(undefined, face({ score: 0.1 + 0.2 })), ...VIDEO];
    const file = await toFile(results);
    const columns = toFaceColumns(LABELS);
    const rows = results.flatMap((one) => toFaceRows(columns, one));
    const expected = rows.map((cells) =>
      Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? null])),
    );
    const read = await parquetReadObjects({ file });
    expect(read).toEqual(expected);
    // The same as text: what CSV prints for each.
    const lines = format('csv', results).trimEnd().split('\n').slice(1);
    expect(read.map((row) => toCsvLine(Object.values(row).map((cell) => (cell ?? '') as string)))).toEqual(
      lines,
    );
  });

  it('has types, a schema without rows, and a name for every column', async () => {
    const { schema, num_rows: rows } = await parquetMetadataAsync(await toFile([], ['calm', 'id', 'id_']));
    expect(rows).toBe(0n);
    expect(schema.slice(1).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'source BYTE_ARRAY',
      'timestampMs DOUBLE',
      'face INT32',
      'id INT32',
      ...['x', 'y', 'width', 'height', 'score'].map((name) => `${name} DOUBLE`),
      'quality BYTE_ARRAY',
      'unsure BOOLEAN',
      'expression BYTE_ARRAY',
      'smoothed_expression BYTE_ARRAY',
      ...['calm', 'id_', 'id__', 'smoothed_calm', 'smoothed_id', 'smoothed_id_'].map(
        (name) => `${name} DOUBLE`,
      ),
    ]);
  });

  it('writes group by group, so that long videos need no more memory', async () => {
    const formatter = await loadOutputFormatter('parquet', { labels: LABELS });
    const pieces: Uint8Array[] = [];
    for (let index = 0; index < 45_000; index++) {
      pieces.push(formatter.add(result(index * 40, CALM)) as Uint8Array);
    }
    expect(pieces.filter(({ length }) => length > 0)).toHaveLength(2);
    pieces.push(formatter.end() as Uint8Array);
    const { buffer, byteOffset, byteLength } = Buffer.concat(pieces);
    const file = buffer.slice(byteOffset, byteOffset + byteLength);
    const rows = await parquetReadObjects({ file, columns: ['timestampMs'] });
    expect(rows).toHaveLength(45_000);
    expect(rows.at(-1)).toEqual({ timestampMs: 44_999 * 40 });
  });
});
