/** Timelines in a page: a gutter of fixed width, and a plot that fills the remaining width. */
import { paintLiveText } from '../charts/paint-text.js';
import { element } from '../charts/svg.js';
import {
  gutterWidthFor,
  stackOnAxis,
  UNSURE_PATTERN,
  type Panel,
  type PanelStyle,
} from '../charts/timeline-panels.js';
import type { TimeSpan } from '../timeline/time-columns.js';
import { html, Html } from './html.js';

export function createPageStyle(names: readonly string[]): PanelStyle {
  return { paintText: paintLiveText, gutterWidth: gutterWidthFor(names) };
}

/** The hatch pattern of strips; once in a page that has any. */
export const UNSURE_DEFINITION = new Html(
  element(
    'svg',
    { width: 0, height: 0, 'aria-hidden': 'true', class: 'nowhere' },
    element('defs', {}, UNSURE_PATTERN),
  ),
);

/** @param description text alternative */
export function timelineFigure(
  description: string,
  panels: readonly Panel[],
  span: TimeSpan,
  style: PanelStyle,
): Html {
  const { height, gutter, plot } = stackOnAxis(panels, span, style);
  const hidden = { height, 'aria-hidden': 'true' };
  return html`<figure class="chart timeline" role="img" aria-label="${description}">
    ${new Html(element('svg', { class: 'gutter', width: style.gutterWidth, ...hidden }, gutter))}${new Html(
      element('svg', { class: 'plot', ...hidden }, plot),
    )}
  </figure>`;
}
