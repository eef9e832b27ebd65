/** The building blocks of a report. */
import { html, Html, NOTHING, type HtmlValue } from './html.js';

export function section(heading: string | Html, ...content: readonly Html[]): Html {
  return html`<section>
    <h2>${heading}</h2>
    ${content}
  </section> `;
}

/** A table that scrolls horizontally on narrow pages, also with the keyboard. */
export function scrolling(name: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${table}</div>`;
}

export interface Column {
  readonly name: string;
  /** Figures are aligned to the right. The first column contains the row headers. */
  readonly kind: 'name' | 'figure';
}

/** On a phone, each row of a table with more columns becomes a list of names and values. */
const MAX_PHONE_COLUMNS = 3;

/** @param whose before the caption in the name of the region, where captions may be the same */
export function dataTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly HtmlValue[])[],
  whose = '',
): Html {
  const head = columns.map(({ name, kind }) => html`<th scope="col" class="${kind}">${name}</th>`);
  const body = rows.map((cells) => {
    const line = cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td class="${columns[index]?.kind ?? 'figure'}" data-column="${columns[index]?.name}">
            ${cell}
          </td>`,
    );
    return html`<tr>
      ${line}
    </tr> `;
  });
  return scrolling(
    `${whose}${caption}`,
    html`<table${columns.length > MAX_PHONE_COLUMNS ? new Html(' class="wide"') : NOTHING}>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>`,
  );
}

/** A list of names and values, such as the key figures at the top. */
export function definitions(className: string, facts: readonly (readonly [string, string, string?])[]): Html {
  const items = facts.map(
    ([name, value, note]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}${note === undefined ? NOTHING : html`<small>${note}</small>`}</dd>
      </div> `,
  );
  return html`<dl class="${className}">${items}</dl>`;
}
