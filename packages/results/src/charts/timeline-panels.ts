/**
 * The parts of a timeline: a strip of what a face showed, a row for the probability of each expression, a curve of how
 * many others there were, the time axis.
 *
 * A row is named at its left, so that nobody has to tell seven colours apart. A part has a gutter for names, of a fixed
 * width, and a plot that stretches over whatever is left: places in it are parts of its width. So text stays as large as
 * it is on a desk and on a phone alike.
 */
import type { Recording } from '../timeline/recording.js';
import { COLUMNS, type Column, type TimeSpan } from '../timeline/time-columns.js';
import type { PaintText } from './paint-text.js';
import { element, tooltip } from './svg.js';
import { timeTicks, toTickLabel, toTimeLabel } from './time-axis.js';

/** What stands under each other is drawn beside each other's gutters. */
export interface Panel {
  readonly height: number;
  readonly gutter: string;
  readonly plot: string;
}

export interface PanelStyle {
  readonly paintText: PaintText;
  /** Of the gutter, in pixels. */
  readonly gutterWidth: number;
}

/** Colours that the style sheet has; labels beyond it begin again. */
const COLOURS = 8;
const STRIP_HEIGHT = 14;
const ROW_HEIGHT = 18;
const GAP = 4;
const AXIS_HEIGHT = 26;
/** Between a name and the plot. */
const NAME_GAP = 8;
const LONGEST_NAME = 16;
/** Of a letter, on average. */
const LETTER_WIDTH = 7;
/** Labels this near to an end would stand beyond it. */
const NEAR_END = 0.04;

/** Hatches what it is laid over; to be defined once in whatever shows strips. */
export const UNSURE_PATTERN = element(
  'pattern',
  { id: 'unsure', patternUnits: 'userSpaceOnUse', width: 5, height: 5, patternTransform: 'rotate(45)' },
  element('rect', { class: 'hatch', width: 3, height: 5 }),
);

/** Wide enough for any of the names. */
export function gutterWidthFor(names: readonly string[]): number {
  return NAME_GAP + LETTER_WIDTH * Math.max(...names.map((name) => shorten(name).length), 0);
}

/** What one face showed, hatched where that is unsure, empty where it was not seen. */
export function stripPanel(
  name: string,
  columns: readonly (Column | undefined)[],
  { labels, ...span }: Pick<Recording, 'labels' | 'startMs' | 'endMs'>,
  style: PanelStyle,
): Panel {
  const rects = toRuns(columns).map(({ from, until, shown, isUnsure }) => {
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

/** A row for each expression: the higher it is filled, the more probable; full is 100 %. */
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

/** How many others there were at the same time; full is their largest number. */
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

/** Ticks and times; every second one only where there is room. */
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

/** Panels under each other as one, on a common time axis. */
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

interface Run {
  readonly from: number;
  until: number;
  readonly shown: number;
  readonly isUnsure: boolean;
}

/** Columns that show the same, joined. */
function toRuns(columns: readonly (Column | undefined)[]): Run[] {
  const runs: Run[] = [];
  for (const [index, column] of columns.entries()) {
    if (column === undefined) continue;
    const { shown, isUnsure } = column;
    const last = runs[runs.length - 1];
    const goesOn = last?.until === index && last.shown === shown && last.isUnsure === isUnsure;
    if (goesOn) last.until++;
    else runs.push({ from: index, until: index + 1, shown, isUnsure });
  }
  return runs;
}

/** The outline of columns of these heights (0 to 1), standing on the ground of a row; nothing where there is no value. */
function steps(values: readonly (number | undefined)[], top: number, height: number): string {
  const ground = round(top + height);
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
      if (isOpen) d += `V${ground}z`;
      level = NaN;
      return;
    }
    const next = round(ground - height * Math.max(0, Math.min(1, value)));
    if (next !== level) {
      flush();
      d += `${isOpen ? '' : `M${index} ${ground}`}V${next}`;
      level = next;
    }
    run++;
  });
  flush();
  return Number.isNaN(level) ? d : `${d}V${ground}z`;
}

/** One unit a column across, pixels down. */
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

/** As a part of the width. */
function toPlace(timeMs: number, { startMs, endMs }: TimeSpan): string {
  return toPercent(((timeMs - startMs) / (endMs - startMs)) * COLUMNS);
}

function toPercent(columns: number): string {
  return `${round((columns / COLUMNS) * 100)}%`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
