import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Works below any folder of a proxy.
  base: './',
  build: {
    target: 'es2022',
    // The service carries its page.
    outDir: fileURLToPath(new URL('../../packages/server/dist/page', import.meta.url)),
    emptyOutDir: true,
    license: { fileName: 'THIRD_PARTY_NOTICES.md' },
    // The page's policy forbids data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
