import type { KernelName } from '../../core/src/backend/generated/kernel-signatures.js';
import { expectIdentical, randomCuts, type KernelInstance } from './kernel-instance.js';

/** An array that a kernel writes; `initial` is its content before (default: NaN everywhere). */
export interface Output {
  readonly offset: number;
  readonly length: number;
  readonly initial?: Float32Array;
}

/**
 * Launches a kernel on all items at once and again in random pieces, which must give the same bits and write nowhere else.
 * Returns the contents of each output.
 */
export function launchAndSplit(
  kernels: KernelInstance,
  kernel: KernelName,
  args: readonly number[],
  items: number,
  outputs: readonly Output[],
  random: () => number,
): Float32Array[] {
  const restore = () => {
    for (const { offset, length, initial } of outputs) kernels.reset(offset, length, initial);
  };
  const read = () => outputs.map(({ offset, length }) => kernels.f32(offset, length));
  restore();
  kernels.launch(kernel, args, 0, items);
  const whole = read();
  for (const cutCount of [1, 3, 8]) {
    restore();
    kernels.launchSplit(kernel, args, items, randomCuts(items, cutCount, random));
    for (const [i, pieces] of read().entries()) expectIdentical(pieces, whole[i] ?? new Float32Array());
  }
  kernels.expectGuardsIntact();
  return whole;
}
