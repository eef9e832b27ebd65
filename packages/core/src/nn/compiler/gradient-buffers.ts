/**
 * Gradients of values while a backward pass is emitted: the first consumer of a value that the pass reaches writes its
 * gradient, the others add to it.
 */
import { FLAG_ACCUMULATE } from '../../backend/flags.js';
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import { ELEMENT_GRAIN } from './grains.js';

export class GradientBuffers {
  readonly #buffers = new Map<string, ArenaBuffer>();

  constructor(readonly builder: ProgramBuilder) {}

  /** `undefined` for a value that nothing after it depends on. */
  of(name: string): ArenaBuffer | undefined {
    return this.#buffers.get(name);
  }

  set(name: string, buffer: ArenaBuffer): void {
    this.#buffers.set(name, buffer);
  }

  /** Lets `emit` write the gradient of `elements` numbers, or add to it (FLAG_ACCUMULATE). */
  add(name: string, elements: number, emit: (dx: ArenaBuffer, flags: number) => void): void {
    const known = this.#buffers.get(name);
    const dx = known ?? this.builder.buffer(elements);
    this.#buffers.set(name, dx);
    emit(dx, known === undefined ? 0 : FLAG_ACCUMULATE);
  }

  /** The same for an `emit` that can only overwrite: a second one writes to a temporary buffer, which is added. */
  addOverwriting(name: string, elements: number, emit: (dx: ArenaBuffer) => void): void {
    this.add(name, elements, (dx, flags) => {
      if (flags === 0) {
        emit(dx);
        return;
      }
      const temporary = this.builder.buffer(elements);
      emit(temporary);
      this.builder.launch('add', [dx, temporary, dx, 0], elements, ELEMENT_GRAIN);
    });
  }
}
