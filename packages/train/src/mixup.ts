/**
 * Mixup: a network that is trained on mixtures of two pictures, and on the same mixture of their targets, is less sure of
 * itself between the labels.
 *
 * Ref: Zhang, Cissé, Dauphin, Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization". As in the authors' code, a
 * batch is mixed with a shuffled copy of itself and has one share, which is drawn anew for every batch.
 */
import type { Random } from './random.js';
import { shuffled } from './shuffle.js';

export interface Mixture {
  /** What each picture keeps; its partner has the rest. */
  readonly share: number;
  /** The picture of the batch that each is mixed with, which may be itself. */
  readonly partners: Uint32Array;
}

/** Draws the mixture of a batch of `count` pictures: a share from Beta(alpha, alpha), and partners. */
export function drawMixture(count: number, alpha: number, random: Random): Mixture {
  const batch = Uint32Array.from({ length: count }, (_, index) => index);
  return { share: drawBeta(alpha, random), partners: shuffled(batch, random) };
}

/** Mixes rows of equal length: `[count, …]` in, a new `[count, …]` out. */
export function mixRows(values: Float32Array, { share, partners }: Mixture): Float32Array {
  const length = values.length / partners.length;
  const mixed = new Float32Array(values.length);
  partners.forEach((partner, row) => {
    const [own, other] = [row * length, partner * length];
    for (let i = 0; i < length; i++) {
      mixed[own + i] = share * values[own + i]! + (1 - share) * values[other + i]!;
    }
  });
  return mixed;
}

/** A number from Beta(alpha, alpha): the part that one of two equal Gamma variables has of their sum. */
function drawBeta(alpha: number, random: Random): number {
  // In logarithms, because a Gamma variable of a small shape is often smaller than the smallest float64.
  const [a, b] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)];
  return 1 / (1 + Math.exp(b - a));
}

/**
 * The logarithm of a number from Gamma(shape, 1).
 * Ref: Marsaglia, Tsang 2000, "A Simple Method for Generating Gamma Variables"; shapes below 1 by their section 6.
 */
function drawLogGamma(shape: number, random: Random): number {
  if (shape < 1) {
    return drawLogGamma(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    const u = 1 - random.uniform();
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
