import { MienError } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import { expect } from 'vitest';
import { parseOnnx } from '../onnx/parse-onnx.js';
import { memoryInUse, mutationsOf } from './mutations.js';

const MEBIBYTE = 2 ** 20;

/** Damage may go unnoticed, since most bytes are weights; whatever is noticed must be a MienError. */
export function expectDamagedOnnxRefused(file: Uint8Array, count: number, options = {}): void {
  const before = memoryInUse();
  let refused = 0;
  for (const bytes of mutationsOf(file, count, 11)) {
    try {
      describeGraph(parseOnnx(bytes, 'damaged.onnx', options).graph);
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      expect(error.message).toMatch(/^damaged\.onnx: [^\n]+$/);
      refused++;
    }
    expect(memoryInUse() - before).toBeLessThan(512 * MEBIBYTE);
  }
  expect(refused).toBeGreaterThan(0);
}
