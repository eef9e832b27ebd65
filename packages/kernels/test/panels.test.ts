import { describe, it } from 'vitest';
import {
  createRandom,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import { packPanels, rotateKernel } from './reference/panels.js';

const COLUMNS = [1, 3, 4, 7, 8, 12, 15, 17, 32];

describe.each(KERNEL_BUILDS)('panels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(1);

  it.each(COLUMNS)('packs matrices of %i columns, in any split', (n) => {
    for (const k of [1, 2, 9]) {
      for (const bias of [randomValues(n, random), null]) {
        kernels.clear();
        const w = randomValues(k * n, random);
        const expected = packPanels(w, bias, k, n);
        const panels = kernels.reserve(expected.byteLength);
        const count = Math.ceil(n / 8);
        const args = [kernels.put(w), bias ? kernels.put(bias) : 0, panels, k, n];
        kernels.launchSplit('packPanels', args, count, randomCuts(count, 2, random));
        expectIdentical(kernels.f32(panels, expected.length), expected);
        kernels.expectGuardsIntact();
      }
    }
  });

  it.each(COLUMNS)('packs rotated kernels of %i inputs, in any split', (cIn) => {
    for (const [kh, kw] of [
      [1, 1],
      [3, 3],
      [2, 4],
    ] as const) {
      for (const cOut of [1, 4, 5]) {
        kernels.clear();
        const w = randomValues(kh * kw * cIn * cOut, random);
        const expected = packPanels(rotateKernel(w, kh * kw, cIn, cOut), null, kh * kw * cOut, cIn);
        const panels = kernels.reserve(expected.byteLength);
        const count = Math.ceil(cIn / 8);
        const args = [kernels.put(w), panels, kw, cIn, cOut, 0, kh, 0, kw, 1];
        kernels.launchSplit('packRotatedPanels', args, count, randomCuts(count, 2, random));
        expectIdentical(kernels.f32(panels, expected.length), expected);
        kernels.expectGuardsIntact();
      }
    }
  });

  it('takes every second row and column of a kernel', () => {
    kernels.clear();
    const [cIn, cOut] = [9, 3];
    const w = randomValues(3 * 4 * cIn * cOut, random);
    const tapOf = (row: number, column: number) => {
      const from = (row * 4 + column) * cIn * cOut;
      return [...w.subarray(from, from + cIn * cOut)];
    };
    // Rows 0 and 2, columns 1 and 3.
    const part = Float32Array.from([...tapOf(0, 1), ...tapOf(0, 3), ...tapOf(2, 1), ...tapOf(2, 3)]);
    const expected = packPanels(rotateKernel(part, 4, cIn, cOut), null, 4 * cOut, cIn);
    const panels = kernels.reserve(expected.byteLength);
    kernels.launch('packRotatedPanels', [kernels.put(w), panels, 4, cIn, cOut, 0, 2, 1, 2, 2], 0, 2);
    expectIdentical(kernels.f32(panels, expected.length), expected);
    kernels.expectGuardsIntact();
  });
});
