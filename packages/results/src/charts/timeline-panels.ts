/**
 * The panels of a timeline: a strip with the expressions that a face showed, a row for the probability of each
 * expression, a curve with the number of other people, and the time axis.
 *
 * A row has its name at the left, so that nobody has to tell seven colours apart. A panel consists of a gutter of fixed
 * width for names, and a plot that fills the remaining width with percentages as positions. So text has the same size on
 * a desktop and on a phone.
 */
import type { Recording } from '../timeline/recording.js';
import { COLUMNS, type Column, type TimeSpan } from '../timeline/time-columns.js';
import type { PaintText } from './paint-text.js';
import { element, tooltip } from './svg.js';
import { timeTicks, toTickLabel, toTimeLabel } from './time-axis.js';

/** One part of a timeline. */
export interface Panel {
  readonly height: number;
  readonly gutter: string;
  readonly plot: string;
}

export interface PanelStyle {
  readonly paintText: PaintText;
  /** In pixels. */
  readonly gutterWidth: number;
}

/** Number of colours in the style sheet; further labels repeat them. */
const COLOURS = 8;
const STRIP_HEIGHT = 14;
const ROW_HEIGHT = 18;
const GAP = 4;
const AXIS_HEIGHT = 26;
/** Space between a name and the plot. */
const NAME_GAP = 8;
const LONGEST_NAME = 16;
/** Average. */
const LETTER_WIDTH = 7;
/** A label closer to an end (relative to the width) would extend beyond it. */
const NEAR_END = 0.04;

/** A hatch pattern for unsure readings; to be defined once in every document with strips. */
export const UNSURE_PATTERN = element(
  'pattern',
  { id: 'unsure', patternUnits: 'userSpaceOnUse', width: 5, height: 5, patternTransform: 'rotate(45)' },
  element('rect', { class: 'hatch', width: 3, height: 5 }),
);

/** Wide enough for all of the names. */
export function gutterWidthFor(names: readonly string[]): number {
  return NAME_GAP + LETTER_WIDTH * Math.max(...names.map((name) => shorten(name).length), 0);
}

/** The expressions that one face showed: hatched if unsure, empty if the face was not seen. */
export function stripPanel(
  name: string,
  columns: readonly (Column | undefined)[],
  { labels, ...span }: Pick<Recording, 'labels' | 'startMs' | 'endMs'>,
  style: PanelStyle,
): Panel {
  const rects = toSegments(columns).map(({ from, until, shown, isUnsure }) => {
    const place = { x: toPercent(from), width: toPercent(until - from), y: 0, height: STRIP_HEIGHT };
    const when = `${timeOf(from, span)} to ${timeOf(until, span)}`;
    const words = tooltip(`${when}: ${labels[shown] ?? ''}${isUnsure ? ' (unsure)' : ''}`);
    const colour = element('rect', { class: `fill series-${colourOf(shown)}`, ...place });
    const hatch = isUnsure ? element('rect', { fill: 'url(#unsure)', ...place }) : '';
    return element('g', {}, words, colour, hatch);
  });
  return {
    height: STRIP_HEIGHT + GAP,
    gutter: gutterName(name, STRIP_HEIGHT / 2, style),
    plot: element('g', { 'shape-rendering': 'crispEdges' }, ...rects),
  };
}

/** A row per expression, filled up to its probability; full is 100 %. */
export function rowsPanel(
  columns: readonly (Column | undefined)[],
  labels: readonly string[],
  style: PanelStyle,
): Panel {
  const isSeen = columns.map((column) => column !== undefined);
  const rows = labels.map((_, label) => {
    const top = label * (ROW_HEIGHT + GAP);
    const full = steps(
      isSeen.map((seen) => (seen ? 1 : undefined)),
      top,
      ROW_HEIGHT,
    );
    const filled = steps(
      columns.map((column) => column?.probabilities[label]),
      top,
      ROW_HEIGHT,
    );
    return (
      element('path', { class: 'track', d: full }) +
      element('path', { class: `fill series-${colourOf(label)}`, d: filled })
    );
  });
  const height = labels.length * (ROW_HEIGHT + GAP);
  const names = labels.map((label, row) =>
    gutterName(label, row * (ROW_HEIGHT + GAP) + ROW_HEIGHT / 2, style, 'name'),
  );
  return { height, gutter: names.join(''), plot: stretched(height, rows) };
}

/** The number of other people at the same time; full is its maximum. */
export function crowdPanel(name: string, faces: readonly number[], style: PanelStyle): Panel {
  const most = Math.max(...faces);
  const d = steps(
    faces.map((count) => (count > 0 ? count / most : undefined)),
    0,
    ROW_HEIGHT,
  );
  return {
    height: ROW_HEIGHT + GAP,
    gutter: gutterName(name, ROW_HEIGHT / 2, style),
    plot: stretched(ROW_HEIGHT, [element('path', { class: 'crowd', d })]),
  };
}

/** Ticks and times; every second one is hidden on narrow pages. */
function axisPanel(span: TimeSpan, { paintText }: PanelStyle): Panel {
  const { startMs, endMs } = span;
  const ticks = timeTicks(startMs, endMs);
  const marks = ticks.map((timeMs, index) => {
    const part = (timeMs - startMs) / (endMs - startMs);
    const x = toPlace(timeMs, span);
    const anchor = part < NEAR_END ? 'start' : part > 1 - NEAR_END ? 'end' : 'middle';
    const mark =
      element('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: 4 }) +
      paintText(toTickLabel(timeMs), { x, y: 13, anchor });
    return index % 2 === 1 && ticks.length > 4 ? element('g', { class: 'roomy' }, mark) : mark;
  });
  const line = element('line', { class: 'axis', x1: '0%', x2: '100%', y1: 0, y2: 0 });
  return { height: AXIS_HEIGHT, gutter: '', plot: line + marks.join('') };
}

/** Combines panels vertically, with a common time axis. */
export function stackOnAxis(panels: readonly Panel[], span: TimeSpan, style: PanelStyle): Panel {
  const body = stack(panels);
  const lines = timeTicks(span.startMs, span.endMs).map((timeMs) => {
    const x = toPlace(timeMs, span);
    return element('line', { class: 'grid', x1: x, x2: x, y1: 0, y2: body.height });
  });
  return stack([{ ...body, plot: lines.join('') + body.plot }, axisPanel(span, style)]);
}

function stack(panels: readonly Panel[]): Panel {
  let [height, gutter, plot] = [0, '', ''];
  for (const panel of panels) {
    const transform = `translate(0 ${height})`;
    if (panel.gutter !== '') gutter += element('g', { transform }, panel.gutter);
    if (panel.plot !== '') plot += element('g', { transform }, panel.plot);
    height += panel.height;
  }
  return { height, gutter, plot };
}

/** The colour of a label, 1 to {@link COLOURS}. */
export function colourOf(label: number): number {
  return (label % COLOURS) + 1;
}

interface Segment {
  readonly from: number;
  until: number;
  readonly shown: number;
  readonly isUnsure: boolean;
}

/** Joins consecutive columns that show the same. */
function toSegments(columns: readonly (Column | undefined)[]): Segment[] {
  const segments: Segment[] = [];
  for (const [index, column] of columns.entries()) {
    if (column === undefined) continue;
    const { shown, isUnsure } = column;
    const last = segments[segments.length - 1];
    const isSame = last?.until === index && last.shown === shown && last.isUnsure === isUnsure;
    if (isSame) last.until++;
    else segments.push({ from: index, until: index + 1, shown, isUnsure });
  }
  return segments;
}

/** The outline of columns of these heights (0 to 1) above the base line of a row; a gap where there is no value. */
function steps(values: readonly (number | undefined)[], top: number, height: number): string {
  const baseline = round(top + height);
  let d = '';
  let [level, run] = [NaN, 0];
  const flush = () => {
    if (run > 0) d += `h${run}`;
    run = 0;
  };
  values.forEach((value, index) => {
    const isOpen = !Number.isNaN(level);
    if (value === undefined || Number.isNaN(value)) {
      flush();
      if (isOpen) d += `V${baseline}z`;
      level = NaN;
      return;
    }
    const next = round(baseline - height * Math.max(0, Math.min(1, value)));
    if (next !== level) {
      flush();
      d += `${isOpen ? '' : `M${index} ${baseline}`}V${next}`;
      level = next;
    }
    run++;
  });
  flush();
  return Number.isNaN(level) ? d : `${d}V${baseline}z`;
}

/** Horizontally one unit per column, vertically pixels. */
function stretched(height: number, parts: readonly string[]): string {
  const size = { width: '100%', height, viewBox: `0 0 ${COLUMNS} ${height}`, preserveAspectRatio: 'none' };
  return element('svg', { ...size, 'aria-hidden': 'true' }, ...parts);
}

function gutterName(name: string, y: number, { paintText, gutterWidth }: PanelStyle, kind?: 'name'): string {
  const place = { x: gutterWidth - NAME_GAP, y, anchor: 'end' } as const;
  return paintText(shorten(name), kind === undefined ? place : { ...place, class: kind });
}

function shorten(name: string): string {
  const letters = Array.from(name);
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join('')}…` : name;
}

function timeOf(column: number, { startMs, endMs }: TimeSpan): string {
  return toTimeLabel(startMs + ((endMs - startMs) * column) / COLUMNS);
}

/** As a percentage of the width. */
function toPlace(timeMs: number, { startMs, endMs }: TimeSpan): string {
  return toPercent(((timeMs - startMs) / (endMs - startMs)) * COLUMNS);
}

function toPercent(columns: number): string {
  return `${round((columns / COLUMNS) * 100)}%`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
