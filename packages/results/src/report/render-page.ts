/**
 * The frame of every report: one page that needs nothing else. No network, no script, no font; it opens from a file, on a
 * phone, in the dark, and prints.
 *
 * Its security policy allows this style sheet (by its hash) and pictures within the page, and nothing else: were a label
 * of a hostile file to get past the escaping, it could still neither run nor load anything.
 */
import { sha256 } from '@mien/core';
import { html, Html } from './html.js';
import { PAGE_STYLE } from './page-style.js';
import { definitions } from './section.js';

export interface PageParts {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  /** What someone looks for first: name, figure, and what it is of. */
  readonly keyFigures: readonly (readonly [name: string, figure: string, note?: string])[];
  readonly sections: readonly Html[];
  /** What the page must not be taken for. */
  readonly limits: string;
}

export async function renderPage({
  title,
  subtitle,
  keyFigures,
  sections,
  limits,
}: PageParts): Promise<string> {
  const policy = await createPolicy();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${PAGE_STYLE}</style>`)}
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p>${subtitle}</p>
            ${definitions('key', keyFigures)}
          </header>
          ${sections}
          <footer>${limits}</footer>
        </main>
      </body>
    </html> `.markup;
}

/** The style sheet is allowed by its hash, or where the runtime has no digest (a page without HTTPS) as inline style. */
async function createPolicy(): Promise<string> {
  const hash = await sha256(new TextEncoder().encode(PAGE_STYLE));
  const style = hash === undefined ? 'unsafe-inline' : `sha256-${toBase64(hash)}`;
  return `default-src 'none'; style-src '${style}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function toBase64(hexadecimal: string): string {
  const bytes = hexadecimal.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [];
  return btoa(String.fromCharCode(...bytes));
}
