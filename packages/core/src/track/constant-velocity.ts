/**
 * Position and velocity of one coordinate of a face: a Kalman filter with a constant-velocity model and random
 * accelerations.
 *
 * It counts elapsed milliseconds, not frames, so irregular frame times need no special case. Noise scales with the side of
 * the face: a face near the camera moves further in pixels, and its box is less accurate in pixels.
 *
 * Ref: Kalman 1960; the process noise is that of continuous white acceleration (Bar-Shalom, Li, Kirubarajan,
 * "Estimation with applications to tracking and navigation", 2001, 6.2.2).
 */

/** Standard deviation of a detector's box, in sides: about the jitter of Haar and BlazeFace. */
const MEASUREMENT_DEVIATION = 0.04;
/** Spectral density of the acceleration, in sides² per second³: within 0.2 s the speed changes by about 1 side/s. */
const ACCELERATION_DENSITY = 5;
/** Standard deviation of an unknown velocity, in sides per second. */
const FIRST_SPEED_DEVIATION = 2;

export interface Motion {
  /** In pixels. */
  readonly position: number;
  /** In pixels per second. */
  readonly velocity: number;
  /** Covariance matrix, in pixels and seconds: variance of the position, covariance, variance of the velocity. */
  readonly variance: readonly [position: number, both: number, velocity: number];
}

/** Starts with the first measurement of a coordinate, for a face of `side` pixels. */
export function startMotion(position: number, side: number): Motion {
  return {
    position,
    velocity: 0,
    variance: [(MEASUREMENT_DEVIATION * side) ** 2, 0, (FIRST_SPEED_DEVIATION * side) ** 2],
  };
}

/** Predicts the coordinate `elapsedMs` later. */
export function predictMotion(
  { position, velocity, variance: [p, pv, v] }: Motion,
  elapsedMs: number,
  side: number,
): Motion {
  const t = elapsedMs / 1000;
  const density = ACCELERATION_DENSITY * side ** 2;
  return {
    position: position + velocity * t,
    velocity,
    variance: [
      p + 2 * t * pv + t ** 2 * v + (density * t ** 3) / 3,
      pv + t * v + (density * t ** 2) / 2,
      v + density * t,
    ],
  };
}

/** Corrects a prediction by a measurement at that time. */
export function correctMotion(
  { position, velocity, variance: [p, pv, v] }: Motion,
  measured: number,
  side: number,
): Motion {
  const innovationVariance = p + (MEASUREMENT_DEVIATION * side) ** 2;
  const [gain, velocityGain] = [p / innovationVariance, pv / innovationVariance];
  const innovation = measured - position;
  return {
    position: position + gain * innovation,
    velocity: velocity + velocityGain * innovation,
    variance: [(1 - gain) * p, (1 - gain) * pv, v - velocityGain * pv],
  };
}
