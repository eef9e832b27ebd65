/** Sampling of 8-bit pictures, one output at a time, in float64. */

type Numbers = ArrayLike<number>;

/** Bilinear interpolation of a grey picture [h, w] at (x, y), with pixel centres at integers and repeated edges. */
function sampleBilinear(picture: Numbers, h: number, w: number, x: number, y: number): number {
  const pixel = (i: number, j: number): number => {
    const row = Math.min(Math.max(i, 0), h - 1);
    const column = Math.min(Math.max(j, 0), w - 1);
    return picture[row * w + column] ?? NaN;
  };
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const upper = pixel(top, left) * (1 - fx) + pixel(top, left + 1) * fx;
  const lower = pixel(top + 1, left) * (1 - fx) + pixel(top + 1, left + 1) * fx;
  return upper * (1 - fy) + lower * fy;
}

/** The picture warped by the map (x, y) → (m0·x + m1·y + m2, m3·x + m4·y + m5). */
export function warpAffine(
  picture: Numbers,
  matrix: Numbers,
  [h, w]: readonly [number, number],
  [hOut, wOut]: readonly [number, number],
): Float64Array {
  const m = Float64Array.from(matrix);
  const [m0 = NaN, m1 = NaN, m2 = NaN, m3 = NaN, m4 = NaN, m5 = NaN] = m;
  return Float64Array.from({ length: hOut * wOut }, (_, i) => {
    const [x, y] = [i % wOut, Math.floor(i / wOut)];
    return sampleBilinear(picture, h, w, m0 * x + m1 * y + m2, m3 * x + m4 * y + m5);
  });
}

/** The weighted mean of the grid [(h + 1)·samples, (w + 1)·samples] around each of h × w pixels. */
export function downsampleGrid(
  grid: Numbers,
  weights: Numbers,
  [h, w]: readonly [number, number],
  samples: number,
): Float64Array {
  return Float64Array.from({ length: h * w }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / w) * samples, (pixel % w) * samples];
    let sum = 0;
    for (let i = 0; i < 2 * samples; i++) {
      for (let j = 0; j < 2 * samples; j++) {
        const sample = grid[(row + i) * (w + 1) * samples + column + j] ?? NaN;
        sum += (weights[i] ?? NaN) * (weights[j] ?? NaN) * sample;
      }
    }
    return sum;
  });
}

/** The normalised weights of all source pixels along one axis for one output pixel. */
function triangleWeights(size: number, center: number, step: number): Float64Array {
  const radius = Math.max(step, 1);
  const weights = Float64Array.from({ length: size }, (_, i) => {
    return Math.max(1 - Math.abs(i + 0.5 - center) / radius, 0);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum > 0) return weights.map((weight) => weight / sum);
  const nearest = center < size / 2 ? 0 : size - 1;
  return weights.map((_, i) => (i === nearest ? 1 : 0));
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The rectangle of a picture [h, w, channels] resampled to [hOut, wOut, channels] with a triangle filter. */
export function cropResize(
  picture: Numbers,
  [h, w, channels]: readonly [number, number, number],
  { left, top, width, height }: Rectangle,
  [hOut, wOut]: readonly [number, number],
): Float64Array {
  const [stepX, stepY] = [width / wOut, height / hOut];
  const columns = Array.from({ length: wOut }, (_, j) => triangleWeights(w, left + (j + 0.5) * stepX, stepX));
  const rows = Array.from({ length: hOut }, (_, i) => triangleWeights(h, top + (i + 0.5) * stepY, stepY));
  const y: number[] = [];
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        row.forEach((weightY, i) => {
          column.forEach((weightX, j) => {
            sum += weightY * weightX * (picture[(i * w + j) * channels + channel] ?? NaN);
          });
        });
        y.push(sum);
      }
    }
  }
  return Float64Array.from(y);
}
