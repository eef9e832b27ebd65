/**
 * The frame of a chart: its place on the drawing, axes with grid lines and ticks, and names of the axes.
 *
 * d3-scale and d3-shape do the arithmetic. The markup is ours: it takes its colours from a style sheet (so that one
 * drawing serves light and dark pages), and needs no inline style that a page's security policy would have to allow.
 * With their dependencies they take 2 MB; ECharts takes 67, Vega-Lite 25, Observable Plot with a DOM 16.
 *
 * All charts are 440 pixels wide, so that text stays readable on a phone (350 pixels) and looks right on a page that
 * shows two charts side by side.
 */
import type { ScaleLinear } from 'd3-scale';
import { element, textElement } from './svg.js';

export type Scale = ScaleLinear<number, number>;

export const CHART_WIDTH = 440;

/** The part of a drawing that shows data, in pixels from the upper left corner. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Axis {
  readonly scale: Scale;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly label: string;
}

const TICK_GAP = 7;
/** From the top of a line of digits to its middle. */
const HALF_LINE = '0.32em';

/** The whole drawing; `description` is its text alternative. */
export function chart(height: number, description: string, parts: readonly string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      viewBox: `0 0 ${CHART_WIDTH} ${height}`,
      role: 'img',
      'aria-label': description,
    },
    ...parts,
  );
}

/** Grid lines, tick labels and names of both axes. */
export function axes(area: Area, x: Axis, y: Axis): string {
  const { left, right, top, bottom } = area;
  const rows = y.ticks.map((value) => {
    const at = y.scale(value);
    return (
      element('line', { class: 'grid', x1: left, x2: right, y1: at, y2: at }) +
      textElement(y.format(value), { x: left - TICK_GAP, y: at, dy: HALF_LINE, 'text-anchor': 'end' })
    );
  });
  const columns = x.ticks.map((value) => {
    const at = x.scale(value);
    return (
      element('line', { class: 'tick', x1: at, x2: at, y1: bottom, y2: bottom + 4 }) +
      textElement(x.format(value), { x: at, y: bottom + 17, 'text-anchor': 'middle' })
    );
  });
  return [
    ...rows,
    element('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    ...columns,
    textElement(x.label, { class: 'name', x: right, y: bottom + 34, 'text-anchor': 'end' }),
    textElement(y.label, { class: 'name', x: 0, y: top - 12 }),
  ].join('');
}

/** Ticks that are whole numbers, for counts. */
export function wholeTicks(scale: Scale, count: number): number[] {
  return scale.ticks(count).filter(Number.isInteger);
}

/** A number with at most six digits, as short as possible. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const plain = String(rounded);
  return plain.length > 7 ? rounded.toExponential().replace('e+', 'e') : plain;
}

export function percent(value: number): string {
  return `${shortNumber(value * 100)} %`;
}
