/**
 * Smooths the readings of one face: probabilities by exponential smoothing over time, the expression by hysteresis.
 *
 * **Response time.** It is defined by a step: a face shows one expression with certainty, and from some time on another
 * one with certainty. The smoother shows the new expression at the first sample `responseTimeMs` after the step, never
 * later. A change between less certain readings takes longer. After a step, the new expression leads the old one by
 * 1 − 2e^(−t/τ), and it is shown from a lead of {@link HYSTERESIS} on; so τ = responseTimeMs / ln(2 / (1 − HYSTERESIS)).
 *
 * **Any frame rate.** A reading applies to the whole time since the previous one. Weights of consecutive steps multiply
 * exactly (e^(−a/τ) · e^(−b/τ) = e^(−(a+b)/τ)), so the result does not depend on how often the face is sampled.
 */
import { argmax } from '../argmax.js';
import { weightOf } from './one-euro-filter.js';

/** Lead in probability from which on another expression is shown. */
export const HYSTERESIS = 0.1;

export interface SmoothedReading {
  /** In the order of the labels; they sum to 1. Valid until the next reading. */
  readonly probabilities: Float64Array;
  /** Index of the label that is shown. */
  readonly shown: number;
  /** Time at which the face started to show it. */
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
   * For every label, the lead of its readings over those of the shown label, integrated over time and never below 0, and
   * the time at which the integral left 0. When the label is shown, its change began at that time.
   *
   * Ref: Page, "Continuous inspection schemes", Biometrika 41, 1954 (the cumulative sum and its change point).
   */
  #leads: Float64Array = new Float64Array();
  #leadsSinceMs: Float64Array = new Float64Array();

  /** @param responseTimeMs 0 does not smooth */
  constructor(responseTimeMs: number) {
    this.#hysteresis = responseTimeMs > 0 ? HYSTERESIS : 0;
    this.#timeConstantMs = responseTimeMs / Math.log(2 / (1 - this.#hysteresis));
  }

  /** @param reading probabilities of all labels at `timestampMs`, which is not before the previous time */
  next(reading: ArrayLike<number>, timestampMs: number): SmoothedReading {
    const probabilities = (this.#probabilities ??= this.#start(reading, timestampMs));
    const elapsedMs = timestampMs - this.#atMs;
    this.#atMs = timestampMs;
    const weight = weightOf(elapsedMs, this.#timeConstantMs);
    for (let label = 0; label < probabilities.length; label++) {
      probabilities[label]! += weight * (reading[label]! - probabilities[label]!);
      this.#addLead(label, reading[label]! - reading[this.#shown]!, elapsedMs);
    }
    const best = argmax(probabilities);
    if (probabilities[best]! - probabilities[this.#shown]! > this.#hysteresis) this.#show(best);
    return { probabilities, shown: this.#shown, sinceMs: this.#sinceMs };
  }

  #start(reading: ArrayLike<number>, timestampMs: number): Float64Array {
    this.#shown = argmax(reading);
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
