/**
 * A tagged template for HTML that escapes all inserted values.
 *
 * Labels and names come from files that anyone may have written. Only this program writes markup, as {@link Html}.
 *
 * @example
 * html`<td>${'<b>'}</td>`.markup // <td>&lt;b&gt;</td>
 */
import { escapeXml } from '../charts/svg.js';

/** Markup, which is inserted without escaping. */
export class Html {
  constructor(readonly markup: string) {}
}

export type HtmlValue = Html | readonly Html[] | string | number | undefined;

export const NOTHING = new Html('');

export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((text, index) => text + toMarkup(values[index])).join(''));
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.markup;
  return typeof value === 'object' ? value.map(({ markup }) => markup).join('') : escapeXml(String(value));
}
