/** Charts of figures that runs really have: one epoch, hundreds, none that is a number, one value for all. */
import type { CalibrationBin } from '@mien/train';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { shortNumber } from './chart-frame.js';
import { DARK, LIGHT, toStandaloneSvg } from './chart-style.js';
import { lineChart, type LineChart, type Point } from './line-chart.js';
import { reliabilityDiagram } from './reliability-diagram.js';

const points = (values: readonly number[]): Point[] => values.map((y, index) => [index + 1, y]);
const falling = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => 2 * Math.exp(-i / count));
const chartOf = (...series: readonly (readonly number[])[]): LineChart => ({
  title: 'Loss by epoch',
  xLabel: 'epoch',
  yLabel: 'loss',
  series: series.map((values, index) => ({ name: `series ${index}`, points: points(values) })),
});

/** All numbers of attributes that are places or sizes. */
function placesOf(svg: string): number[] {
  const values = [...svg.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height)="([^"]*)"/g)].map(([, v]) => v);
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].flatMap(([, d = '']) =>
    d.split(/[MLlmZ,]/).filter(Boolean),
  );
  return [...values, ...paths].map(Number);
}
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
const countOf = (svg: string, pattern: RegExp): number => svg.match(pattern)?.length ?? 0;

describe('lineChart', () => {
  it.each([
    ['one epoch', [falling(1), [1.5]]],
    ['two epochs', [falling(2), [1.5, 1.4]]],
    ['500 epochs', [falling(500), falling(500)]],
    ['200,000 epochs', [falling(200_000)]],
    ['nothing', []],
    ['no points', [[], []]],
    ['no number at all', [[NaN, NaN, Infinity]]],
    ['gaps', [[1, NaN, 3, -Infinity, NaN, 6, 7]]],
    ['one value for all', [[0.5, 0.5, 0.5]]],
    ['nothing but zeros', [[0, 0]]],
    ['the largest numbers', [[1e300, 1e308]]],
    ['the smallest numbers', [[5e-324, 1e-300]]],
    ['negative ones', [[-5, -5]]],
    ['eleven series', Array.from({ length: 11 }, () => falling(4))],
  ])('draws %s within its frame', (_, series) => {
    const svg = lineChart({ ...chartOf(...series), marker: { x: 1, label: 'best: epoch 1' } });
    expect(svg).toMatch(/^<svg .*viewBox="0 0 440 \d+" role="img" aria-label="Loss by epoch\..*<\/svg>$/s);
    expect(svg).not.toMatch(/"[^"]*(NaN|Infinity|undefined)[^"]*"/);
    const places = placesOf(svg);
    expect(places.every(Number.isFinite)).toBe(true);
    expect(places.reduce((low, value) => Math.min(low, value), 0)).toBeGreaterThanOrEqual(-10); // steps of crosses
    expect(places.reduce((high, value) => Math.max(high, value), 0)).toBeLessThanOrEqual(440);
  });

  it('labels epochs with whole numbers, each once', () => {
    for (const count of [1, 2, 3, 10, 500]) {
      const svg = lineChart(chartOf(falling(count)));
      const labels = textsOf(svg.slice(svg.indexOf('class="axis"')))
        .slice(0, -2)
        .map(Number);
      expect(labels.every(Number.isInteger)).toBe(true);
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels.length).toBeGreaterThan(0);
      expect(labels.length).toBeLessThan(12);
    }
  });

  it('puts the values where the axis says', () => {
    const svg = lineChart(chartOf([0, 10]));
    const [, y0 = '', y1 = ''] = / d="M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)"/.exec(svg) ?? [];
    const tick = (label: string): number =>
      Number(new RegExp(` y="([\\d.]+)"[^>]*>${label}<`).exec(svg)?.[1]);
    expect([Number(y0), Number(y1)]).toEqual([tick('0'), tick('10')]);
    expect(tick('0')).toBeGreaterThan(tick('10'));
  });

  it('leaves gaps where there is no number, marks each with one cross, and shows what stands alone', () => {
    const values = [...falling(50), NaN, NaN, 1, NaN, ...falling(50)];
    const svg = lineChart(chartOf(values));
    expect(countOf(svg, /class="missing"/g)).toBe(2);
    expect(countOf(svg, /class="dot/g)).toBe(1); // the one between the gaps
    expect(countOf(/<path class="line[^>]*d="([^"]*)"/.exec(svg)?.[1] ?? '', /M/g)).toBe(3);
    expect(svg).toContain('(3 are not numbers)');
    expect(countOf(lineChart(chartOf([1, 2, 3])), /class="dot/g)).toBe(3); // few points: all of them
  });

  it('says in words what it shows', () => {
    const spec = { ...chartOf([2, 1], [NaN, NaN]), marker: { x: 2, label: 'best: epoch 2' } };
    expect(lineChart(spec)).toContain(
      'aria-label="Loss by epoch. series 0: from 2 at epoch 1 to 1 at epoch 2. series 1: no figures. best: epoch 2 is marked."',
    );
  });

  it('escapes names', () => {
    const hostile = `"><script>alert(1)</script>&'\u0000`;
    const series = [{ name: hostile, points: points([1, NaN]) }];
    const svg = lineChart({
      title: hostile,
      xLabel: hostile,
      yLabel: hostile,
      series: [...series, ...series],
    });
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
    expect(svg).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;');
  });
});

describe('reliabilityDiagram', () => {
  const bin = (count: number, accuracy: number, confidence: number): CalibrationBin => ({
    count,
    hits: count * accuracy,
    confidenceSum: count * confidence,
  });

  it('draws a bar as high as the accuracy and a gap up to the mean probability', () => {
    const bins = [bin(0, 0, 0), bin(10, 0.5, 0.4), bin(40, 1, 0.9), bin(1, 0, 1)];
    const svg = reliabilityDiagram(bins);
    const heights = (kind: string): number[] =>
      [
        ...svg.matchAll(
          new RegExp(`<rect class="${kind}" x="[^"]*" width="[^"]*" y="[^"]*" height="([^"]*)"`, 'g'),
        ),
      ].map(([, height]) => Number(height));
    const [half = NaN, whole = NaN, none = NaN] = heights('bar');
    expect([half / whole, none]).toEqual([0.5, 0]);
    expect(heights('gap').map((height) => height / whole)).toEqual(
      [0.1, 0.1, 1].map((part) => expect.closeTo(part, 3) as number),
    );
    const [some = NaN, most = NaN] = heights('count');
    expect(some / most).toBeCloseTo(0.25, 2);
    expect(svg).toContain('mean probability 90 %, 100 % right');
  });

  it('stays within its frame without any prediction', () => {
    const svg = reliabilityDiagram([bin(0, 0, 0)]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('toStandaloneSvg', () => {
  it.each([
    ['light', LIGHT, 255],
    ['dark', DARK, 22],
  ])('is a picture of its own on a %s ground', async (_, palette, ground) => {
    const svg = toStandaloneSvg(lineChart(chartOf(falling(10), falling(10))), palette);
    expect(svg).not.toContain('var(');
    const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([440, 282]);
    expect(data[0]).toBe(ground);
    const blue = palette.series[0].match(/\w\w/g)?.map((byte) => parseInt(byte, 16)) ?? [];
    const pixels = Array.from({ length: info.width * info.height }, (_, i) => i * info.channels);
    expect(pixels.filter((at) => blue.every((value, i) => data[at + i] === value)).length).toBeGreaterThan(
      10,
    );
  });
});

it.each([
  [0, '0'],
  [0.0005, '0.0005'],
  [1e-7, '1e-7'],
  [0.1 + 0.2, '0.3'],
  [12345678, '1.23457e7'],
  [-2.5, '-2.5'],
])('writes %d as %s', (value, text) => {
  expect(shortNumber(value)).toBe(text);
});
