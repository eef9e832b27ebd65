/** Releases: versions that agree, addresses for npm, an order in which packages can be published. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findDisagreements,
  inOrderOfDependencies,
  readPackages,
  setRepository,
  setVersion,
} from '../scripts/release.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A copy of every package.json. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mien-release-'));
  for (const { path, folder } of readPackages(ROOT)) {
    const copy = join(root, folder, 'package.json');
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(path, copy);
  }
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const jsonOf = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, unknown>;

describe('a version', () => {
  it('is written into every package and into what they depend on', () => {
    setVersion(root, '1.2.3');
    writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.3\n');
    expect(findDisagreements(root, 'v1.2.3')).toEqual([]);
    expect(jsonOf('packages/cli')['dependencies']).toMatchObject({
      '@mien/core': '1.2.3',
      commander: '14.0.3',
    });
  });

  it('that was not written everywhere is found, with the changelog that lacks it', () => {
    setVersion(root, '1.2.3');
    const core = jsonOf('packages/core');
    writeFileSync(join(root, 'packages/core/package.json'), JSON.stringify({ ...core, version: '1.2.2' }));
    writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.30\n');
    expect(findDisagreements(root, 'v1.2.3')).toEqual([
      '@mien/core has version 1.2.2',
      'CHANGELOG.md has no heading ## 1.2.3',
    ]);
    expect(findDisagreements(root, '1.2.3')).toContain('the tag 1.2.3 is not v and a version');
  });

  it.each(['1.2', 'latest', ''])('%j is refused', (version) => {
    expect(() => setVersion(root, version)).toThrow(/is not a version/);
  });
});

describe("the repository's address", () => {
  it('leads npm to the folder of each package', () => {
    setRepository(root, 'https://github.com/owner/name');
    expect(jsonOf('packages/core')).toMatchObject({
      homepage: 'https://github.com/owner/name/tree/main/packages/core#readme',
      bugs: 'https://github.com/owner/name/issues',
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git', directory: 'packages/core' },
    });
    expect(readPackages(root).filter(({ json }) => json.repository === undefined)).toEqual([]);
  });

  it.each(['github.com/owner/name', 'https://github.com/owner', ''])('%j is refused', (url) => {
    expect(() => setRepository(root, url)).toThrow(/is not the address/);
  });
});

it('packages are published after those that they depend on', () => {
  const order = inOrderOfDependencies(readPackages(root));
  const seen = new Set<string>();
  for (const { json } of order) {
    const missing = Object.keys(json.dependencies ?? {}).filter(
      (name) => name.startsWith('@mien/') && !seen.has(name),
    );
    expect({ name: json.name, missing }).toEqual({ name: json.name, missing: [] });
    seen.add(json.name);
  }
  expect(order).toHaveLength(readPackages(root).length);
});
