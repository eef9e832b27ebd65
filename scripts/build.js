// Builds everything from a clean checkout: kernels to .wasm, their embedding into the core, then the TypeScript,
// then the few files that programs load.
// @ts-check
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { buildKernels } from '../packages/kernels/build.js';
import { bundlePackages } from './bundle.js';
import { bundleWeb } from './bundle-web.js';

await buildKernels();
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--build'], { stdio: 'inherit', cwd: new URL('..', import.meta.url) });
await bundlePackages();
await bundleWeb();
