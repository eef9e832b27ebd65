// All static checks: types, format, lint, figures in documents, import directions. Prints one line per check, and the output of
// those that fail. Warnings count as failures. The build comes first, because packages import each other's built declarations.
// @ts-check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Each check with its script and arguments. */
const CHECKS = /** @type {const} */ ([
  ['build and its types', 'scripts/build.js'],
  [
    'types of tests, scripts, benches and examples',
    'node_modules/typescript/bin/tsc',
    '--project',
    'tsconfig.tests.json',
  ],
  [
    'types of the studio, the dashboard and what they share',
    'node_modules/typescript/bin/tsc',
    '--build',
    ...['tsconfig.json', 'tsconfig.node.json', 'tsconfig.service-worker.json'].map(
      (file) => `apps/studio/${file}`,
    ),
    ...['tsconfig.json', 'tsconfig.node.json'].map((file) => `apps/dashboard/${file}`),
    'apps/shared/tsconfig.json',
  ],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  ['figures in documents', 'scripts/write-numbers.js', '--check'],
  ['model cards', 'scripts/write-cards.js', '--check'],
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
