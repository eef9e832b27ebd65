import { expect, it } from 'vitest';
import { Html, html, NOTHING } from './html.js';

it('escapes what is put in, as text and between quotes', () => {
  const hostile = `<i> & "' \u0000\u001b`;
  expect(html`<td title="${hostile}">${hostile}</td>`.markup).toBe(
    '<td title="&lt;i&gt; &amp; &quot;&#39; ">&lt;i&gt; &amp; &quot;&#39; </td>',
  );
});

it('escapes once only: markup stays markup, in lists too', () => {
  const cells = ['<', 2].map((value) => html`<td>${value}</td>`);
  const { markup } = html`<tr>
    ${cells}${NOTHING}${undefined}${new Html('<br>')}
  </tr>`;
  expect(markup).toContain('<td>&lt;</td><td>2</td><br>');
});
