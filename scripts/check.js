// Everything that can be said about the tree without running it: types, format, lint, import directions.
// One line per check, then what the check complains about. Warnings are complaints. The build comes first,
// because the packages see each other through their built declarations.
// @ts-check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is checked, and the script that checks it. */
const CHECKS = /** @type {const} */ ([
  ['build and its types', 'scripts/build.js'],
  [
    'types of tests, scripts, benches and examples',
    'node_modules/typescript/bin/tsc',
    '--project',
    'tsconfig.tests.json',
  ],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  ['figures in documents', 'scripts/write-numbers.js', '--check'],
  ['API reference and its links', 'node_modules/typedoc/bin/typedoc', '--emit', 'none'],
  [
    'import directions',
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--output-type',
    'err',
    '{apps,packages,models,test}',
  ],
]);

let failed = 0;
for (const [name, script, ...args] of CHECKS) {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const passed = status === 0;
  if (!passed) failed++;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
  if (!passed) console.log(`${stdout}${stderr}${error?.message ?? ''}`.trimEnd());
}
console.log(`checks: ${CHECKS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
