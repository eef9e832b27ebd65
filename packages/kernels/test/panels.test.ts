import { describe, it } from 'vitest';
import {
  createRandom,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import { packPanels, turnKernel } from './reference/panels.js';

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

  it.each(COLUMNS)('packs turned kernels of %i inputs, in any split', (cIn) => {
    for (const places of [1, 9]) {
      for (const cOut of [1, 4, 5]) {
        kernels.clear();
        const w = randomValues(places * cIn * cOut, random);
        const expected = packPanels(turnKernel(w, places, cIn, cOut), null, places * cOut, cIn);
        const panels = kernels.reserve(expected.byteLength);
        const count = Math.ceil(cIn / 8);
        const args = [kernels.put(w), panels, places, cIn, cOut];
        kernels.launchSplit('packTurnedPanels', args, count, randomCuts(count, 2, random));
        expectIdentical(kernels.f32(panels, expected.length), expected);
        kernels.expectGuardsIntact();
      }
    }
  });
});
