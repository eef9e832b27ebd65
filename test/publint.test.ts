/** Packages as bundlers and runtimes resolve them: publint finds nothing to complain about. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, test } from 'vitest';

interface PackageJson {
  readonly name: string;
  readonly private?: boolean;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PACKAGES = ['packages', 'models']
  .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({
    folder,
    ...(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson),
  }))
  .filter((one) => one.private !== true);

test.each(PACKAGES)('$name', async ({ folder }) => {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: 'npm', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
});
