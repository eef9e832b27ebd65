/**
 * Takes the jitter out of a coordinate: smooths strongly while it rests, and hardly while it moves, when lag would
 * show more than jitter.
 *
 * Ref: Casiez, Roussel, Vogel, "1€ filter: a simple speed-based low-pass filter for noisy input in interactive
 * systems", CHI 2012. Differs in that its weights are the exact exponential of the time that passed (theirs is the
 * first term of it), so that regular and irregular samples agree, and that speeds are in units of `scale` per second.
 */

/** Time constant at rest: theirs is a cutoff of 1 Hz, 1000 / (2π · 1 Hz). */
const REST_MS = 160;
/** Share of that cutoff that each unit per second of speed adds. */
const SPEED_WEIGHT = 10;
/** Time constant of the speed's own smoothing. */
const SPEED_MS = 160;

export class OneEuroFilter {
  #value: number | undefined;
  /** In units of the scale per second. */
  #speed = 0;
  #atMs = 0;

  /**
   * @param scale what a unit of speed is told in: the side of the face, in pixels
   * @returns the smoothed value; the first one as it is
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

/** How much of a new value counts after `elapsedMs`: a first-order low-pass of the given time constant. */
export function weightOf(elapsedMs: number, timeConstantMs: number): number {
  return timeConstantMs > 0 ? 1 - Math.exp(-elapsedMs / timeConstantMs) : 1;
}
