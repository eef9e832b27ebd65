import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { bundledFigures } from './build/bundled-figures-plugin.ts';
import { notices, NOTICES } from './build/notices-plugin.ts';
import { sharedHdf5 } from './build/shared-hdf5-plugin.ts';
import { offline } from './build/offline-plugin.ts';

const SERVICE_WORKER = 'service-worker';

/** Weights have the same name in each model's folder, and which are stored at once depends on whose they are. */
function nameAsset({
  originalFileNames: [path = ''],
}: {
  readonly originalFileNames: readonly string[];
}): string {
  const [, model] = /models\/([^/]+)\/[^/]+$/.exec(path) ?? [];
  return `assets/${model === undefined ? '' : `${model}-`}[name]-[hash][extname]`;
}

export default defineConfig({
  root: import.meta.dirname,
  // Works below any folder of a static host.
  base: './',
  plugins: [bundledFigures(), notices(), offline()],
  worker: {
    format: 'es',
    plugins: () => [sharedHdf5()],
    rolldownOptions: { output: { assetFileNames: nameAsset } },
  },
  build: {
    target: 'es2022',
    manifest: true,
    license: { fileName: NOTICES },
    // Models and kernels stay files: a page's policy forbids data: addresses, and files can be precached.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Compression takes its time, as intended.
      checks: { bundlerTimings: false },
      input: {
        index: fileURLToPath(new URL('index.html', import.meta.url)),
        [SERVICE_WORKER]: fileURLToPath(new URL('src/service-worker/service-worker.ts', import.meta.url)),
      },
      output: {
        assetFileNames: nameAsset,
        // Its address must stay the same from version to version.
        entryFileNames: ({ name }) => (name === SERVICE_WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
