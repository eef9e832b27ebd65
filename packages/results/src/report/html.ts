/**
 * HTML as a tagged template that escapes whatever is put into it.
 *
 * Labels and names come from files that anyone may have written; markup comes from this program alone, as {@link Html}.
 *
 * @example
 * html`<td>${'<b>'}</td>`.markup // <td>&lt;b&gt;</td>
 */
import { escapeXml } from '../charts/svg.js';

/** Markup that needs no escaping any more. */
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
