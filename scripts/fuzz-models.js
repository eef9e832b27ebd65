// Damages model files of every format and reads them, ten thousand in all: no crash, no endless reading, bounded memory.
// `node scripts/fuzz-models.js [count]`, after `npm run build`. `npm test` does the same with some hundred.
// @ts-check
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [count = '10000'] = process.argv.slice(2);
const vitest = createRequire(import.meta.url).resolve('vitest/vitest.mjs');
execFileSync(process.execPath, [vitest, 'run', 'packages/formats/src/model-file/fuzz.test.ts'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, MIEN_FUZZ: count },
  stdio: 'inherit',
});
