/**
 * The layout of every report: a self-contained page without scripts, fonts and network access. It opens from a file, works
 * on phones, has a dark mode, and prints.
 *
 * Its Content-Security-Policy allows only this style sheet (by its hash) and embedded pictures: if a label of a hostile
 * file got past the escaping, it could still not run or load anything.
 */
import { sha256 } from '@mien/core';
import { html, Html } from './html.js';
import { PAGE_STYLE } from './page-style.js';
import { definitions } from './section.js';

export interface PageParts {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  /** At the top of the page: name, value, and a note. */
  readonly keyFigures: readonly (readonly [name: string, figure: string, note?: string])[];
  readonly sections: readonly Html[];
  /** Limits of the results. */
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

/** Allows the style sheet by its hash, or as any inline style if the runtime has no digest (a page without HTTPS). */
async function createPolicy(): Promise<string> {
  const hash = await sha256(new TextEncoder().encode(PAGE_STYLE));
  const style = hash === undefined ? 'unsafe-inline' : `sha256-${toBase64(hash)}`;
  return `default-src 'none'; style-src '${style}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function toBase64(hexadecimal: string): string {
  const bytes = hexadecimal.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [];
  return btoa(String.fromCharCode(...bytes));
}
