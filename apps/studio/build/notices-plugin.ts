/** The licences of what the built studio contains of others: Vite lists what it bundles, our packages what they contain. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** In the built studio. */
export const NOTICES = 'THIRD_PARTY_NOTICES.md';

/** In workers, which Vite leaves out of its list: decoding of videos, and recipes of the trainer. */
const IN_WORKERS = ['mediabunny', 'zod'];

/** Of the models, and of the parts of the worker. */
const OF_PACKAGES = ['../../../THIRD_PARTY_NOTICES.md', '../../../packages/web/THIRD_PARTY_NOTICES.md'];

export function notices(): Plugin {
  return {
    name: 'mien-notices',
    apply: 'build',
    writeBundle: {
      sequential: true,
      async handler({ dir = '' }) {
        const path = join(dir, NOTICES);
        const texts = [path, ...OF_PACKAGES.map((file) => new URL(file, import.meta.url))].map((file) =>
          readFile(file, 'utf8'),
        );
        texts.push(...IN_WORKERS.map(readNotice));
        await writeFile(path, (await Promise.all(texts)).map((text) => text.trim()).join('\n\n') + '\n');
      },
    },
  };
}

async function readNotice(name: string): Promise<string> {
  const folder = new URL(`../../../node_modules/${name}/`, import.meta.url);
  const read = (file: string) => readFile(new URL(file, folder), 'utf8');
  const { version, license, repository } = JSON.parse(await read('package.json')) as {
    readonly version: string;
    readonly license: string;
    readonly repository: { readonly url: string };
  };
  const source = repository.url.replace(/^git[+]/, '');
  return `## ${name} - ${version} (${license})\n\nIts source is at ${source}.\n\n${await read('LICENSE')}`;
}
