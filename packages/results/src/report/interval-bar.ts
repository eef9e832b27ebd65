import type { Interval } from '@mien/train';
import { element } from '../charts/svg.js';
import { html, Html } from './html.js';

const HEIGHT = 12;
const MIDDLE = HEIGHT / 2;
/** Room at both ends for half of a tick. */
const END = 2;

/**
 * A part of 1 as text, with its interval drawn beside it: a band from low to high on a track from 0 to 1, and a tick at the
 * value.
 *
 * @param width of the track in pixels
 */
export function intervalBar(figure: string, value: number, { low, high }: Interval, width: number): Html {
  const at = (part: number): number => END + Math.max(0, Math.min(1, part)) * (width - 2 * END);
  const line = (kind: string, from: number, to: number): string =>
    element('line', { class: kind, x1: from, x2: to, y1: MIDDLE, y2: MIDDLE });
  const tick = at(value);
  const size = { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT };
  return html`<span class="with-bar"
    >${figure}
    ${new Html(
      element(
        'svg',
        { class: 'interval', ...size, 'aria-hidden': 'true' },
        line('track', 0, width),
        line('reach', at(low), at(high)),
        element('line', { class: 'value', x1: tick, x2: tick, y1: 0, y2: HEIGHT }),
      ),
    )}</span
  >`;
}
