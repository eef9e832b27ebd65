/** Timelines of recordings that people have: a second, ten hours, nobody, a crowd, names of any kind. */
import { loadOutlineFont } from '@mien/node/drawing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeRecording, type SyntheticRecording } from '../testing/make-recording.js';
import { COLUMNS, type Column } from '../timeline/time-columns.js';
import { LIGHT, toStandaloneSvg } from './chart-style.js';
import { createOutlinePainter, paintLiveText } from './paint-text.js';
import { timeTicks, toTickLabel, toTimeLabel } from './time-axis.js';
import { gutterWidthFor, rowsPanel, stripPanel } from './timeline-panels.js';
import { timelineSheet } from './timeline-sheet.js';

const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
const HOSTILE = `"><script>alert(1)</script>&'\u0000`;
const STYLE = { paintText: paintLiveText, gutterWidth: 70 };
const outlined = async () => createOutlinePainter(await loadOutlineFont(400));

describe('timeTicks', () => {
  it.each<[string, number, number, readonly string[]]>([
    ['a tenth of a second', 0, 100, ['0:00', '0:00.02', '0:00.04', '0:00.06', '0:00.08', '0:00.1']],
    ['a second, not from 0', 700, 1700, ['0:00.8', '0:01', '0:01.2', '0:01.4', '0:01.6']],
    ['a minute', 0, 60_000, ['0:00', '0:10', '0:20', '0:30', '0:40', '0:50', '1:00']],
    ['an hour', 0, 3_600_000, ['0:00', '10:00', '20:00', '30:00', '40:00', '50:00', '1:00:00']],
    ['ten hours', 0, 36_000_000, ['0:00', '2:00:00', '4:00:00', '6:00:00', '8:00:00', '10:00:00']],
  ])('are round times: %s', (_, startMs, endMs, expected) => {
    const labels = timeTicks(startMs, endMs).map(toTickLabel);
    expect(labels).toEqual(expected);
  });

  it('are few and within the span, whatever its length', () => {
    for (let spanMs = 5; spanMs < 1e11; spanMs *= 1.37) {
      const ticks = timeTicks(1234.5, 1234.5 + spanMs);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks.every((timeMs) => timeMs >= 1234.5 && timeMs <= 1234.5 + spanMs)).toBe(true);
    }
  });

  it.each([
    [0, '0:00.0'],
    [8249, '0:08.2'],
    [59_960, '1:00.0'],
    [36_000_000, '10:00:00.0'],
  ])('%d ms is written as %s', (timeMs, text) => {
    expect(toTimeLabel(timeMs)).toBe(text);
  });
});

describe('a strip', () => {
  const column = (shown: number, isUnsure = false): Column => ({ probabilities: [], shown, isUnsure });
  const strip = (columns: readonly (Column | undefined)[]): string =>
    stripPanel('1', columns, { labels: ['calm', HOSTILE], startMs: 0, endMs: COLUMNS * 100 }, STYLE).plot;

  it('joins what stays the same, hatches what is unsure, and is empty where nobody is', () => {
    const columns = [column(0), column(0), undefined, column(0), column(1), column(1, true)];
    const rects = [
      ...strip(columns).matchAll(
        /<title>([^<]*)<\/title><rect class="fill series-(\d)" x="([^"]*)" width="([^"]*)"/g,
      ),
    ];
    expect(rects.map(([, words, series, x, width]) => [words, series, x, width])).toEqual([
      ['0:00.0 to 0:00.2: calm', '1', '0%', '0.2%'],
      ['0:00.3 to 0:00.4: calm', '1', '0.3%', '0.1%'],
      [expect.stringContaining('&lt;script&gt;'), '2', '0.4%', '0.1%'],
      [expect.stringContaining('(unsure)'), '2', '0.5%', '0.1%'],
    ]);
    expect(strip(columns).match(/url\(#unsure\)/g)).toHaveLength(1);
    expect(strip(columns)).not.toContain('<script');
  });

  it('is nothing but its frame where nobody is', () => {
    expect(strip(new Array<undefined>(COLUMNS).fill(undefined))).not.toContain('<rect');
  });
});

describe('rows', () => {
  const pathsOf = (columns: readonly (Column | undefined)[]): string[] =>
    [...rowsPanel(columns, ['calm', 'glad'], STYLE).plot.matchAll(/class="fill[^"]*" d="([^"]*)"/g)].map(
      ([, d = '']) => d,
    );
  const column = (calm: number): Column => ({ probabilities: [calm, 1 - calm], shown: 0, isUnsure: false });

  it('are as high as the probability, and have gaps where nobody is', () => {
    // Rows are 18 pixels high; the second one begins 4 below the first.
    expect(pathsOf([column(1), column(1), undefined, column(0.5)])).toEqual([
      'M0 18V0h2V18zM3 18V9h1V18z',
      'M0 40V40h2V40zM3 40V31h1V40z',
    ]);
  });

  it('leave a gap where there is no number', () => {
    expect(pathsOf([column(1), { ...column(0), probabilities: [NaN, 1] }])[0]).toBe('M0 18V0h1V18z');
  });

  it.each([Infinity, -1, 2])('stay within their frame at a probability of %d', (value) => {
    const [d = ''] = pathsOf([{ ...column(0.5), probabilities: [value, 0.5] }]);
    const levels = [...d.matchAll(/V([^hzMV]*)/g)].map(([, level]) => Number(level));
    expect(levels.every((level) => level >= 0 && level <= 18)).toBe(true);
  });
});

describe('timelineSheet', () => {
  const RECORDINGS: Readonly<Record<string, SyntheticRecording>> = {
    'one person': { labels: LABELS, people: 1 },
    'one frame': { labels: LABELS, people: 2, frames: 1 },
    nobody: { labels: LABELS, people: 0 },
    'ten hours': { labels: LABELS, people: 3, frames: 3600, everyMs: 10_000 },
    'thirty people': { labels: LABELS, people: 30 },
    'hostile names': { labels: [HOSTILE, 'x'.repeat(300), ''], people: 2 },
    'twenty labels': { labels: Array.from({ length: 20 }, (_, i) => `label ${i}`), people: 1 },
  };

  it.each(Object.entries(RECORDINGS))(
    'of %s is a whole drawing, with text and with outlines',
    async (_, synthetic) => {
      const recording = await makeRecording(synthetic);
      for (const painter of [paintLiveText, await outlined()]) {
        const svg = toStandaloneSvg(timelineSheet(HOSTILE, recording, painter), LIGHT);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|var\(/);
        expect(svg).not.toContain('\u0000');
        const { width, height } = await sharp(Buffer.from(svg)).metadata();
        expect(width).toBe(1280);
        expect(height).toBeGreaterThan(100);
      }
    },
  );

  it('draws text as outlines where it would draw text: no font is needed', async () => {
    const recording = await makeRecording({ labels: LABELS, people: 1 });
    const live = timelineSheet('talk.mp4', recording, paintLiveText);
    const outlines = timelineSheet('talk.mp4', recording, await outlined());
    expect(outlines).not.toContain('<text');
    expect(outlines.match(/class="text/g)).toHaveLength(live.match(/<text/g)?.length ?? 0);
  });

  it('shows the colour of what is shown at its time, and nothing where nobody is', async () => {
    const recording = await makeRecording({ labels: LABELS, people: 1, frames: 40, everyMs: 1000 });
    const svg = toStandaloneSvg(timelineSheet('talk.mp4', recording, await outlined()), LIGHT);
    const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
    const top = Number(/translate\(28 (\d+)\)/.exec(svg)?.[1]) + 7;
    const left = 28 + gutterWidthFor([...LABELS, 'person 1', '0 others']);
    const colourAt = (part: number): string => {
      const at = (top * info.width + Math.round(left + part * (1280 - 28 - left))) * info.channels;
      return `#${[...data.subarray(at, at + 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    };
    // 12 frames of each label, of which those at 8 and 9 of every ten are unsure; none from 35 on.
    expect([colourAt(5.5 / 40), colourAt(15.5 / 40), colourAt(25.5 / 40)]).toEqual(LIGHT.series.slice(0, 3));
    expect(colourAt(37.5 / 40)).toBe(LIGHT.background);
  });
});

it('outlines are numbers that stand apart, also next to 0', async () => {
  const font = await loadOutlineFont(400);
  for (const text of ['2:00:00', '0:10', 'a8b6']) {
    for (const size of [11, 12, 13]) {
      const d = font.toPath(text, -font.measure(text, size) / 2, 0, size);
      const numbers = d.split(/[MLQCZ ]/).filter(Boolean);
      expect(numbers.filter((number) => !/^-?\d+(\.\d{1,2})?$/.test(number))).toEqual([]);
      expect(numbers.length % 2).toBe(0);
    }
  }
});
