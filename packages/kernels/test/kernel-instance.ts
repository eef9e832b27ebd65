/**
 * A kernel module with its own memory, for tests.
 *
 * Memory is an arena filled with NaN. Each array lies between two guards: a kernel that reads past an array gets NaN, and
 * `expectGuardsIntact` catches one that writes past it.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { expect } from 'vitest';
import type { KernelExports, KernelName } from '../../core/src/backend/generated/kernel-signatures.js';

export const KERNEL_BUILDS = ['simd', 'relaxed'] as const;
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

type Numbers = Float32Array | Int32Array | Uint8Array;

const PAGE_BYTES = 65_536;
const ALIGN_BYTES = 64;
const GUARD_BYTES = 256;
/** All bits set: a NaN as float32, −1 as int32. */
const UNTOUCHED = 0xff;

export class KernelInstance {
  readonly exports: KernelExports;
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  #nextFreeByte = 0;
  #guards: number[] = [];

  constructor(readonly build: KernelBuild) {
    // Node 20 has relaxed SIMD behind a flag that can still be set before the module is compiled.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    const module = new WebAssembly.Module(readFileSync(new URL(`../dist/${build}.wasm`, import.meta.url)));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as KernelExports;
    this.clear();
  }

  /** Frees all arrays. */
  clear(): void {
    new Uint8Array(this.memory.buffer).fill(UNTOUCHED);
    this.#guards = [0];
    this.#nextFreeByte = GUARD_BYTES;
  }

  /** Reserves `sizeBytes`, filled with NaN; returns the byte offset. Earlier views may be detached. */
  reserve(sizeBytes: number): number {
    const offset = this.#nextFreeByte;
    const end = Math.ceil((offset + sizeBytes + GUARD_BYTES) / ALIGN_BYTES) * ALIGN_BYTES;
    const sizeBefore = this.memory.buffer.byteLength;
    if (end > sizeBefore) {
      this.memory.grow(Math.ceil((end - sizeBefore) / PAGE_BYTES));
      new Uint8Array(this.memory.buffer, sizeBefore).fill(UNTOUCHED);
    }
    this.#guards.push(offset + sizeBytes);
    this.#nextFreeByte = end;
    return offset;
  }

  /** Copies an array into memory; returns its byte offset. */
  put(values: Numbers): number {
    const offset = this.reserve(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.memory.buffer).set(bytes, offset);
    return offset;
  }

  /** A copy of `length` floats at `offset`. */
  f32(offset: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, offset, length).slice();
  }

  /** A copy of `length` integers at `offset`. */
  i32(offset: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, offset, length).slice();
  }

  /** Fills an output with NaN, or restores `values`. */
  reset(offset: number, length: number, values?: Float32Array): void {
    if (values) new Float32Array(this.memory.buffer, offset, length).set(values);
    else new Uint8Array(this.memory.buffer, offset, length * 4).fill(UNTOUCHED);
  }

  /** Launches a kernel on the items `begin … end`. */
  launch(kernel: KernelName, args: readonly number[], begin: number, end: number): void {
    const run: (...args: number[]) => void = this.exports[kernel];
    run(...args, begin, end);
  }

  /** Launches a kernel on all items in pieces that end at `cuts`, last piece first. */
  launchSplit(kernel: KernelName, args: readonly number[], items: number, cuts: readonly number[]): void {
    const bounds = [0, ...[...cuts].sort((a, b) => a - b), items];
    for (let i = bounds.length - 1; i > 0; i--) this.launch(kernel, args, bounds[i - 1] ?? 0, bounds[i] ?? 0);
  }

  /** Fails if a kernel wrote outside the reserved arrays. */
  expectGuardsIntact(): void {
    for (const guard of this.#guards) {
      const bytes = new Uint8Array(this.memory.buffer, guard, GUARD_BYTES);
      if (!bytes.every((byte) => byte === UNTOUCHED))
        expect.fail(`a kernel wrote past an array, near byte ${guard}`);
    }
  }
}

/** Reproducible random numbers in [0, 1). Ref: Mulberry32, Tommy Ettinger, public domain. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `length` values in [-1, 1). */
export function randomValues(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

/** `count` random positions at which to split `items`. */
export function randomCuts(items: number, count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * (items + 1)));
}

/** Expects |actual − expected| ≤ tolerance · max(1, |expected|) for each element; NaN fails. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [got, want] = [actual[i] ?? NaN, expected[i] ?? NaN];
    if (!(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)))) {
      expect.fail(`element ${i} is ${got}, expected ${want} (tolerance ${tolerance})`);
    }
  }
}

/** Expects the same bits in each element. */
export function expectIdentical(actual: Float32Array, expected: Float32Array): void {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const [got, want] = [bits(actual), bits(expected)];
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    if (got[i] !== want[i]) expect.fail(`element ${i} is ${actual[i]}, in one launch it was ${expected[i]}`);
  }
}
