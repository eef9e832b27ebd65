/** @mien/web and the studio contain the licences of the software that they bundle. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const inWords = (text: string) => text.split(/\s+/).join(' ').trim();
const OF_WEB = ['fflate/LICENSE', 'flatbuffers/LICENSE', 'h5wasm/LICENSE.txt'];

test.each(OF_WEB)('the notices contain %s', (path) => {
  expect(inWords(read('packages/web/THIRD_PARTY_NOTICES.md'))).toContain(
    inWords(read(`node_modules/${path}`)),
  );
});

test.each([...OF_WEB, 'zod/LICENSE', 'preact/LICENSE'])('those of the studio contain %s', (path) => {
  expect(inWords(read('apps/studio/dist/THIRD_PARTY_NOTICES.md'))).toContain(
    inWords(read(`node_modules/${path}`)),
  );
});
