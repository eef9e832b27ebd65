/**
 * Standard deviation of the smoothing, as a part of the side: 2.4 of 48 pixels. Gradients are noisier than what the
 * network depends on: on held-out faces smoothed maps were more faithful (docs/LOG.md), and they are easier to read.
 */
const SIGMA_OF_SIDE = 0.05;

/** A Gaussian blur of a map `[height, width]`; beyond its edge the map goes on as at the edge. */
export function smoothHeat(
  heat: Float32Array,
  { height, width }: { readonly height: number; readonly width: number },
): Float32Array {
  const across = smoothLines(heat, { lines: height, stride: width, length: width, step: 1 });
  return smoothLines(across, { lines: width, stride: 1, length: height, step: width });
}

/** Rows or columns of a map: line i begins at `i · stride`, its values are `step` apart. */
interface Lines {
  readonly lines: number;
  readonly stride: number;
  readonly length: number;
  readonly step: number;
}

function smoothLines(values: Float32Array, { lines, stride, length, step }: Lines): Float32Array {
  const sigma = SIGMA_OF_SIDE * length;
  const reach = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const smooth = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < length; place++) {
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) {
        const from = Math.min(Math.max(place + tap - reach, 0), length - 1);
        sum += taps[tap]! * values[line * stride + from * step]!;
      }
      smooth[line * stride + place * step] = sum / total;
    }
  }
  return smooth;
}
