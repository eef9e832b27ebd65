/**
 * A compiled network: a flat list of kernel launches over one linear memory.
 *
 * Mental model: a graph is compiled once, for a fixed batch size. The compiler assigns every tensor an offset in an arena
 * and lists which kernel runs on which offsets, in order. Running the program is a loop over numbers: nothing is
 * allocated, looked up or decided, and another thread with the same memory can run the same list.
 *
 * Every kernel takes `(...args, begin, end)` and computes the items `begin … end` of its output. What an item is (a row, a
 * pixel, a chunk of a reduction) depends on the kernel. A launch can be split between threads at any multiple of `grain`.
 * Results never depend on the split: a kernel computes each item in a fixed order of operations, and a reduction writes
 * one partial result per chunk of fixed size, which a second launch adds up in order.
 */
import type { KernelName } from './generated/kernel-signatures.js';

export interface Launch {
  readonly kernel: KernelName;
  /** Byte offsets, sizes and flags: the kernel's parameters without `begin` and `end`. */
  readonly args: readonly number[];
  /** Number of items; the launch computes `0 … items`. */
  readonly items: number;
  /** The launch is split between threads at multiples of this. */
  readonly grain: number;
}

export type Program = readonly Launch[];
