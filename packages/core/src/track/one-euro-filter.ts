/**
 * Removes jitter from a coordinate: smooths strongly while it rests, and weakly while it moves, because then lag is more
 * visible than jitter.
 *
 * Ref: Casiez, Roussel, Vogel, "1€ filter: a simple speed-based low-pass filter for noisy input in interactive
 * systems", CHI 2012. Differs in two ways: weights are the exact exponential of the elapsed time (theirs is its
 * first-order approximation), so that irregular samples work, and speeds are in units of `scale` per second.
 */

/** Time constant at rest; equals the paper's cutoff of 1 Hz, 1000 / (2π · 1 Hz). */
const REST_MS = 160;
/** Share of that cutoff frequency added per unit of speed (units of `scale` per second). */
const SPEED_WEIGHT = 10;
/** Time constant of the smoothing of the speed. */
const SPEED_MS = 160;

export class OneEuroFilter {
  #value: number | undefined;
  /** In units of the scale per second. */
  #speed = 0;
  #atMs = 0;

  /**
   * @param scale unit of length for speeds: the side of the face, in pixels
   * @returns the smoothed value; the first value unchanged
   */
  next(value: number, timestampMs: number, scale: number): number {
    if (this.#value === undefined) {
      this.#atMs = timestampMs;
      return (this.#value = value);
    }
    const elapsedMs = timestampMs - this.#atMs;
    this.#atMs = timestampMs;
    if (elapsedMs > 0) {
      const speed = (1000 * (value - this.#value)) / (elapsedMs * scale);
      this.#speed += weightOf(elapsedMs, SPEED_MS) * (speed - this.#speed);
      const timeMs = REST_MS / (1 + SPEED_WEIGHT * Math.abs(this.#speed));
      this.#value += weightOf(elapsedMs, timeMs) * (value - this.#value);
    }
    return this.#value;
  }
}

/** Weight of a new value after `elapsedMs` in a first-order low-pass filter with the given time constant. */
export function weightOf(elapsedMs: number, timeConstantMs: number): number {
  return timeConstantMs > 0 ? 1 - Math.exp(-elapsedMs / timeConstantMs) : 1;
}
