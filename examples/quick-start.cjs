// The same as quick-start.js in a CommonJS program: node examples/quick-start.cjs [picture]
//
// Mien's packages are ES modules: `await import()` loads them everywhere. In all versions of Node that Mien supports
// (20.19 and later), `require('@mien/node')` works too; tools that replace Node's loader may not know it.
// @ts-check
const { join } = require('node:path');

async function main() {
  const { createAnalyzer } = await import('@mien/node');
  const mien = await createAnalyzer();
  const { faces } = await mien.analyze(process.argv[2] ?? join(__dirname, 'eileen-collins.png'));
  console.log(faces.map(({ expression }) => expression)); // [ 'happy' ]
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
