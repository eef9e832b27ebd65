import { labels } from '../state/scene.js';
import { seriesOf } from '../state/series-of.js';

/** The colour of an expression, as in reports. */
export function colourOf(label: string): string {
  return `var(--series-${seriesOf(label, labels.value)})`;
}
