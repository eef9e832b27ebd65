/** Places of a face, in pixels of the upright picture. Right and left are the person's own. */
export const KEY_POINT_NAMES = [
  'rightEye',
  'leftEye',
  'noseTip',
  /** Its middle. */
  'mouth',
  /** The little flap in front of the ear's opening. */
  'rightEarTragion',
  'leftEarTragion',
] as const;
export type KeyPointName = (typeof KEY_POINT_NAMES)[number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Eyes, nose and mouth are always there; ears where the detector knows them. A point may lie beyond the picture. */
export type KeyPoints = Readonly<
  Record<Exclude<KeyPointName, `${string}Tragion`>, Point> &
    Partial<Record<Extract<KeyPointName, `${string}Tragion`>, Point>>
>;
