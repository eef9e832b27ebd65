import { labels } from '../state/scene.js';

/** The colour of an expression: by its place among the model's labels, as in reports. */
export function colourOf(label: string): string {
  return `var(--series-${Math.max(0, labels.value.indexOf(label)) + 1})`;
}
