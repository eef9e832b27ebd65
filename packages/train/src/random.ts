/**
 * A seeded random number generator whose state can be saved.
 *
 * Each use (initial weights, the order of an epoch, the augmentation of one picture) has its own named fork. A fork
 * depends only on the seed and the names, never on how many numbers were drawn before: uses do not influence each other,
 * and the augmentation of picture 17 in epoch 3 is the same on any thread and in any batch.
 *
 * Ref: sfc32 ("small fast counting"), C. Doty-Humphrey, PractRand: 128 bits of state, a counter guarantees a period
 * of at least 2³². Ref: MurmurHash3's 32-bit finaliser, A. Appleby, which mixes seeds and names into the state.
 */
import { MienError } from '@mien/core';

/** The four 32-bit words of a generator: plain JSON. */
export type RandomState = readonly [number, number, number, number];

export interface Random {
  /** Uniform in [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** Uniform in 0 … n − 1 without bias; n is a whole number from 1 to 2³². */
  uniformInt(n: number): number;
  /** Normal with mean 0 and variance 1. */
  normal(): number;
  /** An independent generator that depends on this one's seed and `name`, not on earlier draws. */
  fork(name: string | number): Random;
  /** The current state, for {@link Random.restore}. */
  state(): RandomState;
  restore(state: RandomState): void;
}

const TWO_TO_32 = 4_294_967_296;
/** Discarded outputs, so that similar seeds give unrelated sequences; PractRand's number. */
const WARM_UP = 12;

/**
 * Creates a generator.
 *
 * @param seed a whole number from 0 to 2⁵³ − 1
 * @throws MienError `USAGE` for any other seed
 * @example
 * const random = createRandom(7);
 * random.uniform(); // 0.6230094989296049, here and on every machine
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new MienError('USAGE', `random: the seed must be a whole number from 0 to 2^53 - 1, got ${seed}`);
  }
  return fromKey([mix(seed % TWO_TO_32), mix(Math.floor(seed / TWO_TO_32) ^ 0x9e37_79b9)]);
}

/** Determines the initial state of a generator and its forks. */
type Key = readonly [number, number];

function fromKey(key: Key): Random {
  let [a, b, c, counter] = [key[0], key[1], mix(key[0] ^ Math.imul(key[1], 0x85eb_ca6b)), 1];

  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < WARM_UP; i++) next();

  return {
    uniform: () => next() / TWO_TO_32,

    uniformInt(n) {
      if (!Number.isInteger(n) || n < 1 || n > TWO_TO_32) {
        throw new MienError('USAGE', `random: uniformInt needs a whole number from 1 to 2^32, got ${n}`);
      }
      // Draws beyond the last multiple of n would favour small results, so they are repeated.
      const limit = TWO_TO_32 - (TWO_TO_32 % n);
      let value = next();
      while (value >= limit) value = next();
      return value % n;
    },

    // Box–Muller transform. Its second value is discarded, because it would be additional state.
    normal: () =>
      Math.sqrt(-2 * Math.log(1 - next() / TWO_TO_32)) * Math.cos((2 * Math.PI * next()) / TWO_TO_32),

    fork(name) {
      let [x, y] = key;
      for (const character of `${typeof name}:${name}`) {
        const code = character.codePointAt(0) ?? 0;
        x = mix(x ^ code);
        y = mix((y + x + code) | 0);
      }
      return fromKey([x, y]);
    },

    state: () => [a >>> 0, b >>> 0, c >>> 0, counter >>> 0],

    restore(state) {
      if (!state.every((word) => Number.isInteger(word) && word >= 0 && word < TWO_TO_32)) {
        throw new MienError(
          'USAGE',
          `random: a state is four whole numbers from 0 to 2^32 - 1, got [${state.join(', ')}]`,
        );
      }
      [a, b, c, counter] = [state[0] | 0, state[1] | 0, state[2] | 0, state[3] | 0];
    },
  };
}

/** Every input bit affects every output bit; 0 is not mapped to 0. */
function mix(word: number): number {
  let h = (word + 0x9e37_79b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
