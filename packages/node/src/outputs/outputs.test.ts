/** What the formats hold, to the character: programs of other people read them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Face } from '@mien/core';
import { createFormatter, type Format, FORMATS, type Moment } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTerminal } from '../../../cli/src/terminal/terminal.js';
import { openJournal, readJournal } from './journal.js';

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
const moment = (timestampMs: number | undefined, ...faces: Face[]): Moment => ({
  source: 'a, b.mp4',
  width: 64,
  height: 48,
  ...(timestampMs !== undefined && { timestampMs }),
  model: 'm',
  detector: 'd',
  faces,
});

function format(name: Format, moments: readonly Moment[]): string {
  const formatter = createFormatter(name, {
    labels: LABELS,
    layout: createTerminal(process.stderr, { NO_COLOR: '1' }),
  });
  return moments.map((one) => formatter.add(one)).join('') + formatter.end();
}

const CALM = face({ id: 1, smoothed: smoothed('calm') });
const OTHER = face({ id: 2, unsure: true, smoothed: smoothed('a,"b"') });
const FOOTAGE = [
  moment(0, face({ smoothed: smoothed('calm') })),
  moment(200, CALM),
  moment(400, CALM, OTHER),
  moment(600),
  moment(3_600_800, CALM),
];

describe('json', () => {
  it.each([[[]], [FOOTAGE.slice(0, 1)], [FOOTAGE]])(
    'is one array, as JSON.stringify writes it',
    (moments) => {
      expect(format('json', moments)).toBe(`${JSON.stringify(moments, undefined, 2)}\n`);
    },
  );
});

describe('ndjson', () => {
  it('is one object a moment; a picture is the moment 0', () => {
    const lines = format('ndjson', [moment(undefined, face()), ...FOOTAGE])
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      [moment(undefined, face()), ...FOOTAGE].map(({ source, timestampMs = 0, faces }) => ({
        source,
        timestampMs,
        faces,
      })),
    );
  });
});

describe('csv', () => {
  it('has its columns, and a row also without a face', () => {
    expect(format('csv', [moment(undefined, face()), moment(400, CALM, OTHER), moment(600)])).toBe(
      [
        'source,timestampMs,face,id,x,y,width,height,score,quality,unsure,expression,smoothedExpression,calm,"a,""b""",smoothed_calm,"smoothed_a,""b"""',
        '"a, b.mp4",0,1,,1.5,2,30,40,0.9,good,false,calm,,0.75,0.25,,',
        '"a, b.mp4",400,1,1,1.5,2,30,40,0.9,good,false,calm,calm,0.75,0.25,0.5,0.5',
        '"a, b.mp4",400,2,2,1.5,2,30,40,0.9,good,true,calm,"a,""b""",0.75,0.25,0.5,0.5',
        '"a, b.mp4",600,,,,,,,,,,,,,,,',
        '',
      ].join('\n'),
    );
  });

  it('has its columns also when nothing was seen', () => {
    expect(format('csv', [])).toMatch(/^source,timestampMs,face,id,[^\n]*\n$/);
  });

  it('has the columns that docs/OUTPUTS.md names, in that order', async () => {
    const text = await readFile(
      fileURLToPath(new URL('../../../../docs/OUTPUTS.md', import.meta.url)),
      'utf8',
    );
    const documented = [...text.matchAll(/^\| `(\w+)` +\| csv/gm)].map(([, name]) => name);
    expect(format('csv', []).split(',').slice(0, documented.length)).toEqual(documented);
    expect(documented.at(-1)).toBe('smoothedExpression');
  });
});

describe('vtt', () => {
  it('shows who shows what, joins what stays the same, and leaves out who is not confirmed', () => {
    expect(format('vtt', FOOTAGE)).toBe(
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

  it('lets no label break out of its cue', () => {
    const hostile = face({ id: 1, smoothed: smoothed('<b>\n\n00:00 --> 01:00 &') });
    expect(format('vtt', [moment(0, hostile)])).toContain('<v 1>1 &lt;b&gt; 00:00 --&gt; 01:00 &amp;\n');
  });
});

describe('table', () => {
  it('has a line a moment', () => {
    expect(format('table', FOOTAGE)).toBe(
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

describe('a journal', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-journal-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const HEAD = { source: 'a, b.mp4', sizeBytes: 1, modifiedMs: 2 };

  async function goOn(text: string): Promise<Moment[]> {
    const path = join(folder, 'journal');
    await writeFile(path, text);
    const kept: Moment[] = [];
    const journal = await openJournal(path, HEAD, (one) => kept.push(one));
    await journal.add(moment(9000));
    await journal.close();
    const all: Moment[] = [];
    for await (const one of readJournal(path)) all.push(one);
    expect(all).toEqual([...kept, moment(9000)]);
    return kept;
  }
  const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

  it.each<[string, string, readonly Moment[]]>([
    ['whole', lines(HEAD, ...FOOTAGE), FOOTAGE],
    ['cut within a line', lines(HEAD, ...FOOTAGE).slice(0, -7), FOOTAGE.slice(0, -1)],
    ['cut within its head', '{"source"', []],
    ['of another file', lines({ ...HEAD, sizeBytes: 3 }, ...FOOTAGE), []],
    ['with damage', `${lines(HEAD, FOOTAGE[0])}\0\0\0\n${lines(FOOTAGE[1])}`, FOOTAGE.slice(0, 1)],
    ['empty', '', []],
  ])('%s is gone on with from its last whole moment', async (_, text, expected) => {
    expect(await goOn(text)).toEqual(expected);
  });
});

it('knows every format', () => {
  for (const name of FORMATS) expect(format(name, FOOTAGE).endsWith('\n')).toBe(true);
});
