/** Sections about data, recipe and environment. */
import { toCount } from './figures.js';
import { html, type Html } from './html.js';
import type { DataCounts, Fact } from './report.js';
import { dataTable, definitions, section } from './section.js';

export function countsSection({ labels, parts }: DataCounts): Html {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return section(
    'The data',
    dataTable(
      'Pictures of every label',
      [{ name: 'label', kind: 'name' }, ...parts.map(({ name }) => ({ name, kind: 'figure' as const }))],
      [
        ...labels.map((label, index) => [label, ...parts.map(({ counts }) => toCount(counts[index] ?? 0))]),
        [html`<b>all</b>`, ...parts.map(({ counts }) => html`<b>${toCount(total(counts))}</b>`)],
      ],
    ),
  );
}

export function recipeSection(recipe: object): Html {
  return section(
    'The recipe',
    dataTable(
      'Settings of the run',
      [
        { name: 'setting', kind: 'name' },
        { name: 'value', kind: 'name' },
      ],
      flatten(recipe, []).map(([name, value]) => [name, value]),
    ),
    html`<details>
      <summary>As JSON, to copy (a click selects all)</summary>
      <pre class="select" tabindex="0">${JSON.stringify(recipe, undefined, 2)}</pre>
    </details>`,
  );
}

export function environmentSection(facts: readonly Fact[]): Html {
  return section('Made with', definitions('facts', facts));
}

/** `augmentation: { rotationDeg: 10 }` becomes `augmentation · rotation deg: 10`. */
function flatten(value: unknown, path: readonly string[]): Fact[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, field]) => flatten(field, [...path, toWords(key)]));
  }
  return [[path.join(' · '), value === null ? 'none' : toText(value)]];
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `labelSmoothing` becomes `label smoothing`. */
function toWords(name: string): string {
  return name.replace(
    /([a-z\d])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
}
