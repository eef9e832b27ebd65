/** Orange, the more opaque the more the result hangs on a part. The legend in style/face.css has the same colours. */
const ORANGE = [255, 120, 0] as const;
const MOST_OPAQUE = 200;

/**
 * @param heat 0…1
 * @returns red, green, blue and opacity of each part
 */
export function toHeat(heat: Float32Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(heat.length * 4);
  heat.forEach((value, index) => {
    pixels.set([...ORANGE, value * MOST_OPAQUE], index * 4);
  });
  return pixels;
}
