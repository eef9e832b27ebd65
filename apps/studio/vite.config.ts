import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Works below any folder of a static host.
  base: './',
  build: {
    target: 'es2022',
    manifest: true,
    // Models and kernels stay files: a page's policy forbids data: addresses, and files can be precached.
    assetsInlineLimit: 0,
  },
});
