/** Key points of a face. Right and left are the person's, so in an upright picture the right eye is on the left. */
export const KEY_POINT_NAMES = [
  'rightEye',
  'leftEye',
  'noseTip',
  /** The centre of the mouth. */
  'mouth',
  /** The tragion: the small flap in front of the ear canal. */
  'rightEarTragion',
  'leftEarTragion',
] as const;
export type KeyPointName = (typeof KEY_POINT_NAMES)[number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** In pixels of the upright picture, possibly beyond its border. Detectors may leave out the ears, but no other point. */
export type KeyPoints = Readonly<
  Record<Exclude<KeyPointName, `${string}Tragion`>, Point> &
    Partial<Record<Extract<KeyPointName, `${string}Tragion`>, Point>>
>;
