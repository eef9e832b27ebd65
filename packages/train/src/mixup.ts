/**
 * Mixup: trains on mixtures of two pictures and the same mixture of their targets, which regularizes the network.
 *
 * Ref: Zhang, Cissé, Dauphin, Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization". As in the authors' code, a
 * batch is mixed with a shuffled copy of itself, with one mixing factor per batch.
 */
import type { Random } from './random.js';
import { shuffled } from './shuffle.js';

export interface Mixture {
  /** Mixing factor λ: the weight of each picture; its partner has 1 − λ. */
  readonly lambda: number;
  /** The index in the batch that each picture is mixed with, possibly its own. */
  readonly partners: Uint32Array;
}

/** Draws λ from Beta(alpha, alpha) and the partners for a batch of `count` pictures. */
export function drawMixture(count: number, alpha: number, random: Random): Mixture {
  const batch = Uint32Array.from({ length: count }, (_, index) => index);
  return { lambda: drawBeta(alpha, random), partners: shuffled(batch, random) };
}

/** Mixes rows of equal length: `[count, …]` in, a new `[count, …]` out. */
export function mixRows(values: Float32Array, { lambda, partners }: Mixture): Float32Array {
  const length = values.length / partners.length;
  const mixed = new Float32Array(values.length);
  partners.forEach((partner, row) => {
    const [own, other] = [row * length, partner * length];
    for (let i = 0; i < length; i++) {
      mixed[own + i] = lambda * values[own + i]! + (1 - lambda) * values[other + i]!;
    }
  });
  return mixed;
}

/** Draws from Beta(alpha, alpha) as G1 / (G1 + G2) of two Gamma(alpha) variables. */
function drawBeta(alpha: number, random: Random): number {
  // Logarithms, because Gamma variables of small shapes often underflow float64.
  const [a, b] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)];
  return 1 / (1 + Math.exp(b - a));
}

/**
 * Draws the logarithm of a Gamma(shape, 1) variable.
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
