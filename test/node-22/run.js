// Runs the tests of the service under Node 22: `npm run test:node-22 [-- FILTER]`. Minutes.
// @ts-check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_22 } from './node-22.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
if (NODE_22 === undefined) {
  process.stderr.write('Node 22 is not installed: npm ci --prefix test/node-22 --ignore-scripts\n');
  process.exit(1);
}
const filters = process.argv.length > 2 ? process.argv.slice(2) : ['packages/server'];
const { status } = spawnSync(NODE_22, ['node_modules/vitest/vitest.mjs', 'run', ...filters], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
