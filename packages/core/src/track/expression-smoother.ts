/**
 * Steadies the readings of one face: probabilities by an exponential over time, the expression by hysteresis.
 *
 * **Reaction time.** A face that showed one expression for certain and from some moment on shows another one for
 * certain (the step response) is told to show the other at the first sample `reactMs` after that moment, never later;
 * a change between less certain readings takes longer. After a step the lead of the new expression over the old one is
 * 1 − 2e^(−t/τ), and it takes over at a lead of {@link HYSTERESIS}; so τ = reactMs / ln(2 / (1 − HYSTERESIS)).
 *
 * **Any rate.** A reading is taken to hold since the one before it. Weights of consecutive steps then multiply exactly,
 * (e^(−a/τ) · e^(−b/τ) = e^(−(a+b)/τ)), so that the same course gives the same value however often it is sampled.
 */
import { weightOf } from './one-euro-filter.js';

/** Lead in probability with which another expression takes over. */
export const HYSTERESIS = 0.1;

export interface SteadyReading {
  /** In the order of the labels; they sum to 1. Valid until the next reading. */
  readonly probabilities: Float64Array;
  /** Index of the expression. */
  readonly shown: number;
  /** The moment from which on the face showed it. */
  readonly sinceMs: number;
}

export class ExpressionSmoother {
  readonly #timeConstantMs: number;
  readonly #hysteresis: number;
  #probabilities: Float64Array | undefined;
  #shown = 0;
  #sinceMs = 0;
  #atMs = 0;
  /**
   * For every label, how much its readings have led those of the shown one, summed over time and never below 0; and
   * the first moment of that sum. When the label takes over, its change began there.
   *
   * Ref: Page, "Continuous inspection schemes", Biometrika 41, 1954 (the cumulative sum and its change point).
   */
  #leads: Float64Array = new Float64Array();
  #leadsSinceMs: Float64Array = new Float64Array();

  /** @param reactMs 0 shows every reading as it is */
  constructor(reactMs: number) {
    this.#hysteresis = reactMs > 0 ? HYSTERESIS : 0;
    this.#timeConstantMs = reactMs / Math.log(2 / (1 - this.#hysteresis));
  }

  /** @param reading probabilities of all labels at `timestampMs`, which is not before the one before */
  next(reading: ArrayLike<number>, timestampMs: number): SteadyReading {
    const probabilities = (this.#probabilities ??= this.#start(reading, timestampMs));
    const elapsedMs = timestampMs - this.#atMs;
    this.#atMs = timestampMs;
    const weight = weightOf(elapsedMs, this.#timeConstantMs);
    for (let label = 0; label < probabilities.length; label++) {
      probabilities[label]! += weight * (reading[label]! - probabilities[label]!);
      this.#addLead(label, reading[label]! - reading[this.#shown]!, elapsedMs);
    }
    const best = indexOfMax(probabilities);
    if (probabilities[best]! - probabilities[this.#shown]! > this.#hysteresis) this.#show(best);
    return { probabilities, shown: this.#shown, sinceMs: this.#sinceMs };
  }

  #start(reading: ArrayLike<number>, timestampMs: number): Float64Array {
    this.#shown = indexOfMax(reading);
    this.#sinceMs = this.#atMs = timestampMs;
    this.#leads = new Float64Array(reading.length);
    this.#leadsSinceMs = new Float64Array(reading.length);
    return Float64Array.from(reading);
  }

  #addLead(label: number, lead: number, elapsedMs: number): void {
    if (this.#leads[label] === 0) this.#leadsSinceMs[label] = this.#atMs;
    this.#leads[label] = Math.max(0, this.#leads[label]! + lead * elapsedMs);
  }

  #show(label: number): void {
    this.#shown = label;
    this.#sinceMs = this.#leadsSinceMs[label]!;
    this.#leads.fill(0);
  }
}

/** The first one on a tie. */
function indexOfMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
