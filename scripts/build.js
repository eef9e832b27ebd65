// Builds everything from a clean checkout: the kernels as .wasm, their embedding into the core, the TypeScript, the
// bundles that programs load, the database that the service begins with, the studio and the page of the service.
// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildKernels } from '../packages/kernels/build.js';
import { buildSeed } from './build-seed.js';
import { bundlePackages } from './bundle.js';
import { bundleWeb } from './bundle-web.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await buildKernels();
removeStaleOutputs();
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--build'], { stdio: 'inherit', cwd: ROOT });
await bundlePackages();
// It loads built packages: before they are there, or with those of an earlier build, it could not.
await buildSeed();
await bundleWeb();
for (const app of ['studio', 'dashboard']) await build({ root: join(ROOT, 'apps', app), logLevel: 'warn' });

/** Removes what earlier builds wrote of sources that were moved or deleted since: it would be published. */
function removeStaleOutputs() {
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const folder = join(ROOT, 'packages', name);
    if (!existsSync(join(folder, 'tsconfig.json'))) continue;
    const { outDir, rootDir } = JSON.parse(
      readFileSync(join(folder, 'tsconfig.json'), 'utf8'),
    ).compilerOptions;
    const outputs = join(folder, outDir);
    if (!existsSync(outputs)) continue;
    for (const path of readdirSync(outputs, { recursive: true, encoding: 'utf8' })) {
      const [, stem, extension] = /^(.+?)([.]d[.]ts[.]map|[.]d[.]ts|[.]js[.]map|[.]js)$/.exec(path) ?? [];
      if (stem === undefined) continue;
      // Declaration maps would point to sources that the packages do not contain.
      const isStale = extension === '.d.ts.map' || !existsSync(join(folder, rootDir, `${stem}.ts`));
      if (isStale) rmSync(join(outputs, path));
    }
  }
}
