/** Orange where the expression depends on a part, blue where the part speaks against it. */
const WARM = [255, 120, 0] as const;
const COLD = [0, 120, 255] as const;
const MOST_OPAQUE = 190;
/** Falls of the probability below this are not worth full colour, even where they are the largest ones. */
const LEAST_SCALE = 0.05;

/** @returns red, green, blue and opacity of each part */
export function toHeat(falls: Float32Array): Uint8ClampedArray {
  const scale = Math.max(LEAST_SCALE, ...falls.map(Math.abs));
  const pixels = new Uint8ClampedArray(falls.length * 4);
  falls.forEach((fall, index) => {
    pixels.set([...(fall >= 0 ? WARM : COLD), (Math.abs(fall) / scale) * MOST_OPAQUE], index * 4);
  });
  return pixels;
}
