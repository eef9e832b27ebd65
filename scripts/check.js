// All static checks: types, format, lint, figures in documents, import directions. Prints one line per check, and the output of
// those that fail. Warnings count as failures. The build comes first, because packages import each other's built declarations.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Each check with its script and arguments. */
const CHECKS = /** @type {const} */ ([
  ['build and its types', 'scripts/build.js'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
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

/**
 * Runs one check and prints its line.
 * @param {(typeof CHECKS)[number]} check
 * @returns {Promise<boolean>} whether it passed
 */
async function run([name, script, ...args]) {
  const start = performance.now();
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await once(child, 'close');
  const passed = status === 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
  if (!passed) console.log((await output).join('').trimEnd());
  return passed;
}

// The longest of the rest is first, and goes on beside the others.
const [build, lint, ...others] = CHECKS;
const results = [await run(build)];
const beside = run(lint);
for (const check of others) results.push(await run(check));
results.push(await beside);

const failed = results.filter((passed) => !passed).length;
console.log(`checks: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
