import { element } from '../charts/svg.js';
import { html, Html } from './html.js';

const HEIGHT = 8;

/**
 * A part of 1 as text, with a bar of that length beside it; no bar if it is not a number.
 *
 * @param width of a full bar in pixels
 * @param className for the colour of the bar
 */
export function partBar(figure: string, part: number, width: number, className?: string): Html {
  const length = Number.isFinite(part) ? Math.max(0, Math.min(1, part)) * width : 0;
  const bar = element('rect', { class: className, width: length, height: HEIGHT, rx: 2 });
  const size = { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT };
  return html`<span class="with-bar"
    >${figure} ${new Html(element('svg', { class: 'bar', ...size, 'aria-hidden': 'true' }, bar))}</span
  >`;
}
