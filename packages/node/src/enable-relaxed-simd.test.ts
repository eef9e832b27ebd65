import v8 from 'node:v8';
import { detectKernelBuild } from '@mien/core/nn';
import { expect, it, vi } from 'vitest';
import { enableRelaxedSimd } from './enable-relaxed-simd.js';

it('gives every supported Node the relaxed build', () => {
  enableRelaxedSimd();
  expect(detectKernelBuild()).toBe('relaxed');
});

it('sets the flag before V8 11.4 only', () => {
  const setFlags = vi.spyOn(v8, 'setFlagsFromString');
  for (const version of ['11.4.1', '11.8.172.17-node.20', '13.6.233.10-node.18']) enableRelaxedSimd(version);
  expect(setFlags).not.toHaveBeenCalled();
  for (const version of ['11.3.244.8-node.33', '10.9.0']) enableRelaxedSimd(version);
  expect(setFlags).toHaveBeenCalledTimes(2);
  setFlags.mockRestore();
});
