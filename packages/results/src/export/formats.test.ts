/** The output formats, character for character: other programs read them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Face } from '@mien/core';
import { describe, expect, it } from 'vitest';
import type { FrameResult } from '../frame-result.js';
import { createFormatter, type Format, FORMATS } from './create-formatter.js';

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

function format(name: Format, results: readonly FrameResult[]): string {
  const formatter = createFormatter(name, { labels: LABELS });
  return results.map((one) => formatter.add(one)).join('') + formatter.end();
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
