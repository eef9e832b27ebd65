/**
 * Accuracy by confidence: for a calibrated model, the bars reach the diagonal.
 *
 * Below the diagram, the number of predictions in each bar: a bar of three pictures proves nothing.
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", figure 1.
 */
import type { CalibrationBin } from '@mien/train';
import { scaleLinear } from 'd3-scale';
import { axes, chart, CHART_WIDTH, percent, type Area } from './chart-frame.js';
import { element, textElement, tooltip } from './svg.js';

const HEIGHT = 360;
const AREA: Area = { left: 52, right: CHART_WIDTH - 14, top: 40, bottom: 268 };
/** For the counts, below the names of the axis. */
const COUNTS: Area = { ...AREA, top: AREA.bottom + 46, bottom: HEIGHT - 4 };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const BAR_GAP = 1.5;

/** @param bins of equal width, from 0 to 1 */
export function reliabilityDiagram(bins: readonly CalibrationBin[]): string {
  const x = scaleLinear([0, 1], [AREA.left, AREA.right]);
  const y = scaleLinear([0, 1], [AREA.bottom, AREA.top]);
  const largest = Math.max(1, ...bins.map(({ count }) => count));
  const height = scaleLinear([0, largest], [0, COUNTS.bottom - COUNTS.top]);

  const bars = bins.map(({ count, hits, confidenceSum }, index) => {
    if (count === 0) return '';
    const [from, to] = [index / bins.length, (index + 1) / bins.length];
    const [accuracy, confidence] = [hits / count, confidenceSum / count];
    const place = { x: x(from) + BAR_GAP / 2, width: x(to) - x(from) - BAR_GAP };
    const gap = { y: y(Math.max(accuracy, confidence)), height: Math.abs(y(accuracy) - y(confidence)) };
    const words = `${percent(round(from))} to ${percent(round(to))}: ${count} pictures, ${percent(round(accuracy))} right, mean probability ${percent(round(confidence))}`;
    return element(
      'g',
      {},
      tooltip(words),
      element('rect', { class: 'bar', ...place, y: y(accuracy), height: AREA.bottom - y(accuracy) }),
      element('rect', { class: 'gap', ...place, ...gap }),
      element('rect', { class: 'count', ...place, y: COUNTS.top, height: Math.max(1, height(count)) }),
    );
  });
  return chart(HEIGHT, describe(bins), [
    legend(),
    axes(
      AREA,
      { scale: x, ticks: TICKS, format: percent, label: 'probability that the model gives' },
      { scale: y, ticks: TICKS, format: percent, label: '' },
    ),
    ...bars,
    element('line', { class: 'diagonal', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    textElement('pictures', { class: 'name', x: 0, y: COUNTS.top + 9 }),
  ]);
}

function legend(): string {
  const item = (at: number, kind: string, text: string): string =>
    element('rect', { class: kind, x: at, y: 3, width: 14, height: 12 }) +
    textElement(text, { x: at + 20, y: 9, dy: '0.32em' });
  return (
    item(0, 'bar', 'right') +
    item(66, 'gap', 'over- or underconfident') +
    element('line', { class: 'diagonal', x1: 250, x2: 272, y1: 9, y2: 9 }) +
    textElement('ideal', { x: 278, y: 9, dy: '0.32em' })
  );
}

function describe(bins: readonly CalibrationBin[]): string {
  const parts = bins.flatMap(({ count, hits, confidenceSum }) =>
    count === 0
      ? []
      : [`mean probability ${percent(round(confidenceSum / count))}, ${percent(round(hits / count))} right`],
  );
  return `Reliability diagram: accuracy by confidence. ${parts.join('; ')}.`;
}

/** To tenths of a percent. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
