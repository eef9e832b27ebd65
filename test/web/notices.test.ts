/** @mien/web contains the licences of the software that it bundles. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test.each(['fflate/LICENSE', 'flatbuffers/LICENSE', 'h5wasm/LICENSE.txt'])(
  'the notices contain %s',
  (path) => {
    const inWords = (text: string) => text.split(/\s+/).join(' ').trim();
    expect(inWords(read('packages/web/THIRD_PARTY_NOTICES.md'))).toContain(
      inWords(read(`node_modules/${path}`)),
    );
  },
);
