/**
 * What the forward pass leaves behind for the backward pass while both are being emitted.
 *
 * Mental model: every layer pushes a function that emits its backward pass; in the end these run in reverse. A
 * value's gradient is written by the first of its consumers that the backward pass reaches and added to by the
 * others. Every buffer is symbolic: the builder gives the bytes of an activation to somebody else as soon as its
 * last reader is done.
 *
 * Weight gradients and batch statistics are reductions over a batch. Each is computed in a fixed number of chunks,
 * whose partial results are then added in order: the sums do not depend on how many threads shared the work.
 */
import {
  ELEMENT_GRAIN,
  FLAG_ACCUMULATE,
  type ArenaBuffer,
  type Operand,
  type ProgramBuilder,
} from '@mien/core/compiler';
import type { ParameterStore } from './parameter-store.js';

/** Chunks of a reduction; a multiple of any likely number of threads. */
const CHUNKS = 16;
/** Chunks of a reduction whose partial results are large: still a share for each of a few threads. */
const FEWEST_CHUNKS = 4;
/** Partial results are kept to this many elements (4 MiB) where fewer chunks suffice for that. */
const PARTIAL_ELEMENTS = 2 ** 20;

/** A layer's output and, while the backward pass is emitted, its gradient. */
export interface Value {
  readonly buffer: ArenaBuffer;
  /** False for the network's input, whose gradient nobody needs. */
  readonly needsGradient: boolean;
  gradient?: ArenaBuffer;
}

export class GradientTape {
  readonly #backward: (() => void)[] = [];

  constructor(
    readonly builder: ProgramBuilder,
    readonly parameters: ParameterStore,
    /** Pictures in the batch. */
    readonly batch: number,
  ) {}

  /** A value of `elements` numbers a picture. */
  value(elements: number, needsGradient = true): Value {
    return { buffer: this.builder.buffer(this.batch * elements), needsGradient };
  }

  /** Notes what emits the backward pass of the layer just emitted. */
  push(emitBackward: () => void): void {
    this.#backward.push(emitBackward);
  }

  /** Emits the whole backward pass. */
  emitBackward(): void {
    for (const emit of this.#backward.reverse()) emit();
  }

  gradientOf(value: Value): ArenaBuffer {
    if (value.gradient === undefined) {
      throw new RangeError('training: a gradient is used before it is computed');
    }
    return value.gradient;
  }

  /** Lets `emit` write the gradient of `x`, or add to it (FLAG_ACCUMULATE) where a consumer wrote it already. */
  emitGradient(x: Value, emit: (dx: ArenaBuffer, flags: number) => void): void {
    if (!x.needsGradient) return;
    const flags = x.gradient === undefined ? 0 : FLAG_ACCUMULATE;
    x.gradient ??= { sizeBytes: x.buffer.sizeBytes };
    emit(x.gradient, flags);
  }

  /** The same for an `emit` that can only overwrite: what it wrote apart is then added. */
  emitGradientApart(x: Value, emit: (dx: ArenaBuffer) => void): void {
    this.emitGradient(x, (dx, flags) => {
      if (flags !== FLAG_ACCUMULATE) {
        emit(dx);
        return;
      }
      const apart: ArenaBuffer = { sizeBytes: dx.sizeBytes };
      emit(apart);
      this.builder.launch('add', [dx, apart, dx, 0], dx.sizeBytes / 4, ELEMENT_GRAIN);
    });
  }

  /** How a reduction over `items` is cut whose result has `count` elements: the same for any number of threads. */
  chunksOf(items: number, count: number): { perChunk: number; chunks: number } {
    const most = Math.max(FEWEST_CHUNKS, Math.min(CHUNKS, Math.floor(PARTIAL_ELEMENTS / count)));
    const perChunk = Math.ceil(items / most);
    return { perChunk, chunks: Math.ceil(items / perChunk) };
  }

  /** The gradient of a weight of `count` elements: `emit` writes partial sums by chunk, which are then added up. */
  emitReduction(
    target: Operand,
    items: number,
    count: number,
    emit: (partial: ArenaBuffer, perChunk: number, chunks: number) => void,
  ): void {
    const { perChunk, chunks } = this.chunksOf(items, count);
    const partial = this.builder.buffer(chunks * count);
    emit(partial, perChunk, chunks);
    this.builder.launch('reduceChunks', [partial, target, chunks, count], count, ELEMENT_GRAIN);
  }

  /** The gradient of a bias: the sum of dy over all `pixels` of the batch. */
  emitBiasGradient(target: Operand, dy: ArenaBuffer, pixels: number, channels: number): void {
    this.emitReduction(target, pixels, channels, (partial, perChunk, chunks) => {
      this.builder.launch('sumRows', [dy, partial, pixels, channels, perChunk], chunks);
    });
  }
}
