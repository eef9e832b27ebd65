/** The licences of what the built studio contains of others: Vite lists what it bundles, our packages what they contain. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** In the built studio. */
export const NOTICES = 'THIRD_PARTY_NOTICES.md';

/** Of the models, and of the parts of the worker. */
const OF_PACKAGES = ['../../../THIRD_PARTY_NOTICES.md', '../../../packages/web/THIRD_PARTY_NOTICES.md'];

/** Vite lists what the page consists of, but not its worker that trains: recipes are checked by zod. */
const OF_WORKERS = { zod: '../../../node_modules/zod/LICENSE' };

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
        for (const [name, file] of Object.entries(OF_WORKERS)) {
          texts.push(
            readFile(new URL(file, import.meta.url), 'utf8').then((text) => `## ${name}\n\n${text}`),
          );
        }
        await writeFile(path, (await Promise.all(texts)).map((text) => text.trim()).join('\n\n') + '\n');
      },
    },
  };
}
