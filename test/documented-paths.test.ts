/** Files and folders that the documents for contributors name are there: a move that forgets them fails here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  'CONTRIBUTING.md',
  'SECURITY.md',
  '.github/RELEASING.md',
  'docs/ARCHITECTURE.md',
  'docs/GALLERY.md',
  ...['packages', 'models', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group))
      .map((name) => `${group}/${name}/README.md`)
      .filter((path) => existsSync(join(ROOT, path))),
  ),
];
/** Folders at the root whose paths are written in full. */
const FOLDERS = '(?:packages|models|apps|scripts|test|docs|bench|examples|[.]github|[.]ci)/';

const withoutBlocks = (markdown: string) => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** Paths in `code`, but for those with a placeholder, such as `emit-….ts` or `models/ID`. */
function pathsInCode(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) =>
    [...code.matchAll(new RegExp(`(?<![\\w@./-])${FOLDERS}[^\\s\`]*`, 'g'))]
      .map(([path]) => path)
      .filter((path) => !/[…*<]|\/[A-Z]+$/.test(path)),
  );
}

/** Where links within the repository lead, from the document's folder. */
function linkTargets(markdown: string): string[] {
  const text = withoutBlocks(markdown);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|href)="([^"]+)"/g)];
  return (
    links
      .map(([, target = '']) => target.replace(/#.*$/, ''))
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      // A page of GitHub itself.
      .filter((target) => !target.includes('security/advisories'))
  );
}

describe.each(DOCUMENTS)('%s', (document) => {
  const markdown = readFileSync(join(ROOT, document), 'utf8');

  it('names files that exist', () => {
    expect(pathsInCode(markdown).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('links to files that exist', () => {
    const folder = join(ROOT, dirname(document));
    expect(linkTargets(markdown).filter((target) => !existsSync(join(folder, target)))).toEqual([]);
  });
});

it('finds the paths that it checks', () => {
  expect(pathsInCode(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')).length).toBeGreaterThan(60);
  expect(pathsInCode('`node scripts/none.js` and `packages/core/src/none.ts`, not `emit-….ts`')).toEqual([
    'scripts/none.js',
    'packages/core/src/none.ts',
  ]);
  expect(linkTargets('[a](docs/NONE.md#there) [b](https://example.org)')).toEqual(['docs/NONE.md']);
});
