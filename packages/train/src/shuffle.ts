import type { Random } from './random.js';

/** A shuffled copy. Ref: Fisher, Yates, in Durstenfeld's form. */
export function shuffled(values: Uint32Array, random: Random): Uint32Array {
  const order = values.slice();
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.uniformInt(i + 1);
    const value = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = value;
  }
  return order;
}
