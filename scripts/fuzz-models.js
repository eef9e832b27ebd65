// Damages model files of every format and reads them, ten thousand in all: no crash, no endless reading, bounded memory.
// `node scripts/fuzz-models.js [count]`, after `npm run build`. `npm test` does the same with some hundred.
// @ts-check
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [count = '10000'] = process.argv.slice(2);
execFileSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'packages/formats/src/model-file/fuzz.test.ts'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, MIEN_FUZZ: count },
    stdio: 'inherit',
  },
);
