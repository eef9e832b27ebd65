// Damages files of every format that Mien reads itself and reads them: no crash, no endless reading, bounded memory.
//
//   node scripts/fuzz.js [mutations of each format, 1000] [seed, 17]        after `npm run build`
//
// `npm test` does the same with some of each. Result: bench/results/fuzz.json.
// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Reading that takes longer never ends. */
const MAX_MS = 3_600_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [count = '1000', seed = '17'] = process.argv.slice(2);

const folder = mkdtempSync(join(tmpdir(), 'mien-fuzz-'));
try {
  const report = join(folder, 'counts.ndjson');
  execFileSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz'], {
    cwd: ROOT,
    env: { ...process.env, MIEN_FUZZ: count, MIEN_FUZZ_SEED: seed, MIEN_FUZZ_REPORT: report },
    stdio: 'inherit',
    timeout: MAX_MS,
  });
  const formats = readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .sort((a, b) => a.format.localeCompare(b.format))
    .map(({ mostBytes, slowestMs, ...counts }) => ({
      ...counts,
      mostMegabytes: Math.round(mostBytes / 1e6),
      slowestMs: Math.round(slowestMs),
    }));
  const result = {
    command: `node scripts/fuzz.js ${count} ${seed}`,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    mutations: formats.reduce((sum, { mutations }) => sum + mutations, 0),
    formats,
  };
  writeFileSync(join(ROOT, 'bench/results/fuzz.json'), `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${result.mutations} damaged files of ${formats.length} formats: no crash`);
} finally {
  rmSync(folder, { recursive: true });
}
