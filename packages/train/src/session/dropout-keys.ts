/**
 * Keys of the dropout masks: two 32-bit words per layer, which change with every update.
 *
 * They depend only on the session's seed, the number of the update and the layer's name; the kernel computes the mask
 * from them and the element's index. A resumed run, or one on more threads, drops the same values.
 */
import type { Graph, Kernels } from '@mien/core/nn';
import { createRandom, type Random } from '../random.js';

const WORDS = 2;
const WORD_VALUES = 2 ** 32;

export class DropoutKeys {
  readonly #kernels: Kernels;
  readonly #random: Random;
  readonly #offsets: ReadonlyMap<string, number>;

  constructor(kernels: Kernels, graph: Graph, seed: number) {
    this.#kernels = kernels;
    this.#random = createRandom(seed).fork('dropout');
    const layers = graph.layers.filter(({ kind }) => kind === 'dropout');
    this.#offsets = new Map(layers.map(({ name }) => [name, kernels.allocate(WORDS * 4)]));
  }

  /** Byte offset of a layer's key. */
  offsetOf(layerName: string): number {
    const offset = this.#offsets.get(layerName);
    if (offset === undefined) throw new RangeError(`dropout: no layer is named ${layerName}`);
    return offset;
  }

  /** Writes the keys for the next update, after `updates` others. */
  prepareUpdate(updates: number): void {
    for (const [name, offset] of this.#offsets) {
      const random = this.#random.fork(updates).fork(name);
      const words = this.#kernels.i32(offset, WORDS);
      for (let word = 0; word < WORDS; word++) words[word] = random.uniformInt(WORD_VALUES);
    }
  }
}
