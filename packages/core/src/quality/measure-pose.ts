/** How a head is turned, as far as eyes, nose and mouth tell in the picture. No angles in space: no head is modelled. */
import type { KeyPoints } from '../geometry/key-points.js';

export interface Pose {
  readonly eyeDistancePx: number;
  /** The nose's way from the middle between the eyes along their line, in distances of the eyes. */
  readonly yaw: number;
  /** The nose's way across that line, as a share of the mouth's. */
  readonly pitch: number;
  readonly rollRad: number;
}

/** Eyes or mouth closer together than this say nothing about directions: the head shows them from the side. */
const MIN_DISTANCE_PX = 1;

export function measurePose({ rightEye, leftEye, noseTip, mouth }: KeyPoints): Pose {
  // Right and left are the person's own: in the picture of an upright face the right eye is on the left.
  const [dx, dy] = [leftEye.x - rightEye.x, leftEye.y - rightEye.y];
  const eyeDistancePx = Math.hypot(dx, dy);
  const unit = Math.max(eyeDistancePx, MIN_DISTANCE_PX);
  const middle = { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
  const along = (point: { x: number; y: number }) =>
    ((point.x - middle.x) * dx + (point.y - middle.y) * dy) / unit ** 2;
  const across = (point: { x: number; y: number }) =>
    ((point.y - middle.y) * dx - (point.x - middle.x) * dy) / unit ** 2;
  const down = across(mouth);
  return {
    eyeDistancePx,
    yaw: along(noseTip),
    pitch: Math.abs(down) * unit < MIN_DISTANCE_PX ? 0 : across(noseTip) / down,
    rollRad: Math.atan2(dy, dx),
  };
}
