/** Curves over a common axis, such as loss by epoch in training and in validation. */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import {
  axes,
  chart,
  CHART_WIDTH,
  shortNumber,
  wholeTicks,
  type Area,
  type Axis,
  type Scale,
} from './chart-frame.js';
import { element, textElement, tooltip } from './svg.js';

/** `x` is a whole number. `y` may be NaN or infinite: the chart then shows a gap and a cross. */
export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  /** For the text alternative; it is not drawn. */
  readonly title: string;
  /** At most {@link MAX_SERIES}. The first is dashed if there are several. */
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Default: at most six digits. */
  readonly yFormat?: (value: number) => string;
  /** A vertical line over the whole height, and a dot on the last series. */
  readonly marker?: { readonly x: number; readonly label: string };
}

/** Number of colours in the style sheet. */
const MAX_SERIES = 8;

const PLOT_HEIGHT = 184;
/** Space below the plot, for tick labels and the name of the axis. */
const BOTTOM_MARGIN = 44;
/** Space above the plot, for the name of the axis and the marker; the legend of several series comes on top. */
const TOP_MARGIN = 30;
const LEGEND_HEIGHT = 24;
/** With more points, dots would hide the line. */
const MAX_DOTS = 40;
/** With more points, a thick line would hide its own shape. */
const MAX_THICK = 150;
/** Average at a font size of 12 pixels. */
const LETTER_WIDTH = 6.6;
const DOT_RADIUS = 2.6;
const CROSS = 3.5;

/** @returns SVG with the classes of chart-style.ts */
export function lineChart(spec: LineChart): string {
  const { xLabel, yLabel, marker, yFormat = shortNumber } = spec;
  const series = spec.series.slice(0, MAX_SERIES);
  const points = series.flatMap((it) => it.points);
  const legend = layOutLegend(series);
  const top = TOP_MARGIN + LEGEND_HEIGHT * new Set(legend.map(({ row }) => row)).size;
  const area: Area = { left: 52, right: CHART_WIDTH - 14, top, bottom: top + PLOT_HEIGHT };
  const x = scaleLinear(xDomain(points), [area.left, area.right]);
  const y = scaleLinear(yDomain(points), [area.bottom, area.top]).nice(5);
  const xAxis: Axis = { scale: x, ticks: wholeTicks(x, 7), format: String, label: xLabel };
  const yAxis: Axis = { scale: y, ticks: y.ticks(5), format: yFormat, label: yLabel };
  return chart(area.bottom + BOTTOM_MARGIN, describe(spec, yFormat), [
    drawLegend(legend),
    axes(area, xAxis, yAxis),
    marker === undefined ? '' : markerLine(area, x(marker.x), marker.label, yLabel),
    ...series.map((it, index) => curve(it, index, series.length, x, y)),
    ...series.map((it, index) => dots(it, index, { x, y, xLabel, format: yFormat })),
    marker === undefined ? '' : markerDot(series, marker.x, x, y),
  ]);
}

function xDomain(points: readonly Point[]): [number, number] {
  const values = points.map(([x]) => x);
  const [low, high] = [least(values), most(values)];
  if (!(high >= low)) return [0, 1]; // nothing
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function yDomain(points: readonly Point[]): [number, number] {
  const values = points.map(([, y]) => y).filter(Number.isFinite);
  const [low, high] = [least(values), most(values)];
  if (!(high >= low)) return [0, 1];
  if (low < high) return [low, high];
  // A constant curve runs through the middle, between 0 and twice its value.
  return low === 0 ? [0, 1] : low > 0 ? [0, 2 * low] : [2 * low, 0];
}

interface LegendItem {
  readonly name: string;
  readonly left: number;
  readonly row: number;
}

/** A name and a sample line per series, in as many rows as needed; empty for a single series. */
function layOutLegend(series: readonly Series[]): LegendItem[] {
  let [left, row] = [0, 0];
  return (series.length > 1 ? series : []).map(({ name }) => {
    const width = 46 + name.length * LETTER_WIDTH;
    if (left > 0 && left + width > CHART_WIDTH) [left, row] = [0, row + 1];
    left += width;
    return { name, left: left - width, row };
  });
}

function drawLegend(items: readonly LegendItem[]): string {
  return items
    .map(({ name, left, row }, index) => {
      const y = 9 + row * LEGEND_HEIGHT;
      const sample = { class: lineClass(index, items.length), x1: left, x2: left + 22, y1: y, y2: y };
      return element('line', sample) + textElement(name, { x: left + 28, y, dy: '0.32em' });
    })
    .join('');
}

function curve({ points }: Series, index: number, count: number, x: Scale, y: Scale): string {
  const path = line<Point>()
    .defined(([, value]) => Number.isFinite(value))
    .x(([at]) => x(at))
    .y(([, value]) => y(value))
    .digits(1);
  const fine = points.length > MAX_THICK ? ' fine' : '';
  return element('path', { class: lineClass(index, count) + fine, d: path(points) ?? '' });
}

interface DotStyle {
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly format: (value: number) => string;
}

/** Dots on single points and if there are few points; crosses where values are missing. */
function dots({ name, points }: Series, index: number, { x, y, xLabel, format }: DotStyle): string {
  const isKnown = (at: number): boolean => Number.isFinite(points[at]?.[1] ?? NaN);
  return points
    .map(([at, value], i) => {
      if (isKnown(i)) {
        const isAlone = !isKnown(i - 1) && !isKnown(i + 1);
        if (points.length > MAX_DOTS && !isAlone) return '';
        const dot = { class: `dot series-${index + 1}`, cx: x(at), cy: y(value), r: DOT_RADIUS };
        return element('circle', dot, tooltip(`${name}, ${xLabel} ${at}: ${format(value)}`));
      }
      if (i > 0 && !isKnown(i - 1)) return ''; // one cross per gap
      const [cx, cy] = [x(at), Math.max(...y.range()) - CROSS - 2];
      const d = `M${cx - CROSS},${cy - CROSS}l${2 * CROSS},${2 * CROSS}m0,${-2 * CROSS}l${-2 * CROSS},${2 * CROSS}`;
      return element('path', { class: 'missing', d }, tooltip(`${name}, ${xLabel} ${at}: no number`));
    })
    .join('');
}

/** @param yLabel occupies the left of the same line, so that a marker near the axis moves its label to the right */
function markerLine(area: Area, at: number, label: string, yLabel: string): string {
  const anchor = at > CHART_WIDTH * 0.75 ? 'end' : at < CHART_WIDTH * 0.3 ? 'start' : 'middle';
  const x = anchor === 'start' ? Math.max(at, (yLabel.length + 1) * LETTER_WIDTH) : at;
  return (
    element('line', { class: 'marker', x1: at, x2: at, y1: area.top - 4, y2: area.bottom }) +
    textElement(label, { class: 'marker-label', x, y: area.top - 9, 'text-anchor': anchor })
  );
}

function markerDot(series: readonly Series[], at: number, x: Scale, y: Scale): string {
  const value = series.at(-1)?.points.find(([place]) => place === at)?.[1] ?? NaN;
  if (!Number.isFinite(value)) return '';
  return element('circle', { class: `best series-${series.length}`, cx: x(at), cy: y(value), r: 4.5 });
}

function lineClass(index: number, count: number): string {
  return `line series-${index + 1}${index === 0 && count > 1 ? ' dashed' : ''}`;
}

/** Start and end of every series in words. */
function describe({ title, series, xLabel, marker }: LineChart, format: (value: number) => string): string {
  const courses = series.map(({ name, points }) => {
    const known = points.filter(([, y]) => Number.isFinite(y));
    const [first] = known;
    if (first === undefined) return `${name}: no figures`;
    const last = known[known.length - 1] ?? first;
    const missing = known.length < points.length ? ` (${points.length - known.length} are not numbers)` : '';
    return known.length === 1
      ? `${name}: ${format(first[1])} at ${xLabel} ${first[0]}${missing}`
      : `${name}: from ${format(first[1])} at ${xLabel} ${first[0]} to ${format(last[1])} at ${xLabel} ${last[0]}${missing}`;
  });
  const mark = marker === undefined ? [] : [`${marker.label} is marked`];
  return `${title}. ${[...courses, ...mark].join('. ')}.`;
}

/** For any number of values: spreading them into Math.min could exceed the size of the stack. */
function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), -Infinity);
}
