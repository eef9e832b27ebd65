import { detectKernelBuild } from '@mien/core/nn';
import { expect, it } from 'vitest';
import { enableRelaxedSimd } from './enable-relaxed-simd.js';

it('gives every supported Node the relaxed build', () => {
  enableRelaxedSimd();
  expect(detectKernelBuild()).toBe('relaxed');
});

it('leaves a runtime alone that needs no flag', () => {
  for (const version of ['11.4.1', '11.8.172.17-node.20', '13.6.233.10-node.18']) {
    expect(() => {
      enableRelaxedSimd(version);
    }).not.toThrow();
  }
});
