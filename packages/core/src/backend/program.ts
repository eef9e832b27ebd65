/**
 * What a network compiles to: a flat list of kernel launches over one linear memory.
 *
 * Mental model: a graph is compiled once, for a fixed batch. Compilation plans every tensor into an arena (byte
 * offsets into the kernels' memory) and writes down which kernel runs on which offsets, in order. Running is then a
 * loop over numbers: nothing is allocated, looked up or decided per step, and the same list can be handed to
 * another thread that sees the same memory.
 *
 * Every kernel takes `(...args, begin, end)` and computes the items `begin … end` of its output; which items those
 * are (rows, pixels, chunks of a reduction) is the kernel's own matter. A launch may be split between threads at
 * any multiple of `grain`. Results never depend on the split: a kernel writes each item in one fixed order of
 * operations, and a reduction writes one partial result per fixed-size chunk that a second launch adds up in order.
 */
import type { KernelName } from './generated/kernel-signatures.js';

export interface Launch {
  readonly kernel: KernelName;
  /** Byte offsets, sizes and flags, in the order of the kernel's parameters less `begin` and `end`. */
  readonly args: readonly number[];
  /** Items of work; the launch covers `0 … items`. */
  readonly items: number;
  /** A split between threads falls on a multiple of this. */
  readonly grain: number;
}

export type Program = readonly Launch[];
