/**
 * Where one coordinate of a face is and how fast it moves: a Kalman filter whose model is a constant velocity that
 * random pushes change.
 *
 * All of it is written in milliseconds that passed, not in frames, so irregular moments need nothing special. Lengths
 * are in sides of the face: a face near the camera moves, and is measured, in larger pixels.
 *
 * Ref: Kalman 1960; the process noise is that of continuous white acceleration (Bar-Shalom, Li, Kirubarajan,
 * "Estimation with applications to tracking and navigation", 2001, 6.2.2).
 */

/** How far a detector's box is off, in sides (standard deviation): about what those of Haar and BlazeFace jitter. */
const MEASUREMENT_DEVIATION = 0.04;
/** Spectral density of the acceleration, in sides² per second³: within 0.2 s a speed may change by about 1 side/s. */
const PUSH = 5;
/** Spread of a velocity of which nothing is known yet, in sides per second. */
const FIRST_SPEED_DEVIATION = 2;

export interface Motion {
  /** In pixels. */
  readonly position: number;
  /** In pixels per second. */
  readonly velocity: number;
  /** Covariance in pixels²: of the position, of both, of the velocity. */
  readonly variance: readonly [position: number, both: number, velocity: number];
}

/** A coordinate seen for the first time, of a face of `side` pixels. */
export function startMotion(position: number, side: number): Motion {
  return {
    position,
    velocity: 0,
    variance: [(MEASUREMENT_DEVIATION * side) ** 2, 0, (FIRST_SPEED_DEVIATION * side) ** 2],
  };
}

/** The same coordinate `elapsedMs` later, with nothing seen in between. */
export function predictMotion(
  { position, velocity, variance: [p, pv, v] }: Motion,
  elapsedMs: number,
  side: number,
): Motion {
  const t = elapsedMs / 1000;
  const push = PUSH * side ** 2;
  return {
    position: position + velocity * t,
    velocity,
    variance: [
      p + 2 * t * pv + t ** 2 * v + (push * t ** 3) / 3,
      pv + t * v + (push * t ** 2) / 2,
      v + push * t,
    ],
  };
}

/** A prediction corrected by what was seen at that moment. */
export function correctMotion(
  { position, velocity, variance: [p, pv, v] }: Motion,
  seen: number,
  side: number,
): Motion {
  const trust = p + (MEASUREMENT_DEVIATION * side) ** 2;
  const [gain, velocityGain] = [p / trust, pv / trust];
  const surprise = seen - position;
  return {
    position: position + gain * surprise,
    velocity: velocity + velocityGain * surprise,
    variance: [(1 - gain) * p, (1 - gain) * pv, v - velocityGain * pv],
  };
}
