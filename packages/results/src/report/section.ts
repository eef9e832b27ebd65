/** The building blocks of a report's page. */
import { html, NOTHING, type Html, type HtmlValue } from './html.js';

export function section(heading: string, ...content: readonly Html[]): Html {
  return html`<section>
    <h2>${heading}</h2>
    ${content}
  </section> `;
}

/** A table that scrolls sideways where the page is too narrow, with the keyboard too. */
export function scrolling(name: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${table}</div>`;
}

export interface Column {
  readonly name: string;
  /** Figures stand right under each other; the first column names its row. */
  readonly kind: 'name' | 'figure';
}

export function dataTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly HtmlValue[])[],
): Html {
  const head = columns.map(({ name, kind }) => html`<th scope="col" class="${kind}">${name}</th>`);
  const body = rows.map((cells) => {
    const line = cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td class="${columns[index]?.kind ?? 'figure'}">${cell}</td>`,
    );
    return html`<tr>
      ${line}
    </tr> `;
  });
  return scrolling(
    caption,
    html`<table>
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

/** Names and values, such as the key figures at the top. */
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
