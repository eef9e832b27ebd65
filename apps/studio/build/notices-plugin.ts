/** The licences of what the built studio contains of others: Vite lists what it bundles, our packages what they contain. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** In the built studio. */
export const NOTICES = 'THIRD_PARTY_NOTICES.md';

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
        await writeFile(path, (await Promise.all(texts)).map((text) => text.trim()).join('\n\n') + '\n');
      },
    },
  };
}
