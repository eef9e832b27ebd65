/** Measures the pose of a head from eyes, nose and mouth in the picture. Yaw and pitch are ratios, not angles in space. */
import type { KeyPoints } from '../geometry/key-points.js';

export interface Pose {
  readonly eyeDistancePx: number;
  /** Offset of the nose from the midpoint of the eyes, along the line through the eyes, in eye distances. */
  readonly yaw: number;
  /** Distance of the nose from that line, as a share of the mouth's distance. */
  readonly pitch: number;
  readonly rollRad: number;
}

/** Points closer together than this give no direction: the head is seen from the side. */
const MIN_DISTANCE_PX = 1;

export function measurePose({ rightEye, leftEye, noseTip, mouth }: KeyPoints): Pose {
  // Right and left are the person's: in an upright face the right eye is on the left of the picture.
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
