import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/**/src/**/*.test.ts',
      'apps/**/src/**/*.test.ts',
      'packages/kernels/test/**/*.test.ts',
      'models/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    setupFiles: ['test/relaxed-simd-setup.ts'],
    testTimeout: 120_000,
    pool: 'forks',
    // Node 20 has WebSocket, by which tests talk to Firefox, behind a flag; later versions have it anyway.
    execArgv: ['--experimental-websocket'],
    maxWorkers: 2,
  },
});
