/**
 * Records how to emit the backward pass while the forward pass is emitted.
 *
 * Mental model: each layer pushes a function that emits its backward pass; at the end these run in reverse order. The
 * first consumer that the backward pass reaches writes the gradient of a value; the others add to it. Buffers are
 * symbolic: the builder reuses the memory of an activation after its last reader.
 *
 * Weight gradients and batch statistics are reductions over a batch. Each is computed in a fixed number of chunks whose
 * partial results are added in order, so that results do not depend on the number of threads.
 */
import {
  ELEMENT_GRAIN,
  FLAG_ACCUMULATE,
  type ArenaBuffer,
  type Operand,
  type ProgramBuilder,
} from '@mien/core/compiler';
import type { ParameterStore } from './parameter-store.js';

/** Chunks of a reduction; a multiple of common numbers of threads. */
const CHUNKS = 16;
/** Chunks of a reduction with large partial results; still enough for a few threads. */
const MIN_CHUNKS = 4;
/** Limit for partial results (4 MiB), as far as MIN_CHUNKS allows. */
const PARTIAL_ELEMENTS = 2 ** 20;

/** A layer's output and, while the backward pass is emitted, its gradient. */
export interface Value {
  readonly buffer: ArenaBuffer;
  /** False for the network's input. */
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

  /** A value with `elements` numbers per picture. */
  value(elements: number, needsGradient = true): Value {
    return { buffer: this.builder.buffer(this.batch * elements), needsGradient };
  }

  /** Registers the function that emits the backward pass of the layer just emitted. */
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

  /** Lets `emit` write the gradient of `x`, or add to it (FLAG_ACCUMULATE) when another consumer wrote it already. */
  emitGradient(x: Value, emit: (dx: ArenaBuffer, flags: number) => void): void {
    if (!x.needsGradient) return;
    const flags = x.gradient === undefined ? 0 : FLAG_ACCUMULATE;
    x.gradient ??= { sizeBytes: x.buffer.sizeBytes };
    emit(x.gradient, flags);
  }

  /** The same for an `emit` that can only overwrite: uses a temporary buffer where needed, which is then added. */
  emitOverwrittenGradient(x: Value, emit: (dx: ArenaBuffer) => void): void {
    this.emitGradient(x, (dx, flags) => {
      if (flags !== FLAG_ACCUMULATE) {
        emit(dx);
        return;
      }
      const temporary: ArenaBuffer = { sizeBytes: dx.sizeBytes };
      emit(temporary);
      this.builder.launch('add', [dx, temporary, dx, 0], dx.sizeBytes / 4, ELEMENT_GRAIN);
    });
  }

  /** Chunks of a reduction over `items` to `count` elements, independent of the number of threads. */
  chunksOf(items: number, count: number): { perChunk: number; chunks: number } {
    const most = Math.max(MIN_CHUNKS, Math.min(CHUNKS, Math.floor(PARTIAL_ELEMENTS / count)));
    const perChunk = Math.ceil(items / most);
    return { perChunk, chunks: Math.ceil(items / perChunk) };
  }

  /** The gradient of a weight of `count` elements: `emit` writes partial sums per chunk, which are then added. */
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
