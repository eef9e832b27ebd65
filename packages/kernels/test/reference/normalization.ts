/** Textbook batch normalisation over z [rows, c], in float64, one channel at a time. */

type Numbers = ArrayLike<number>;

export interface BatchNormOptions {
  readonly rows: number;
  readonly c: number;
  readonly epsilon: number;
  readonly relu: boolean;
}

/** One column of z [rows, c]. */
function channelOf(z: Numbers, channel: number, { rows, c }: BatchNormOptions): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => z[row * c + channel] ?? NaN);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean and biased variance of each channel. */
export function batchNormMoments(
  z: Numbers,
  options: BatchNormOptions,
): { mean: Float64Array; variance: Float64Array } {
  const mean = new Float64Array(options.c);
  const variance = new Float64Array(options.c);
  for (let channel = 0; channel < options.c; channel++) {
    const values = channelOf(z, channel, options);
    const center = meanOf(values);
    mean[channel] = center;
    variance[channel] = meanOf(values.map((value) => (value - center) ** 2));
  }
  return { mean, variance };
}

/** y = act(gamma · (z − mean) / √(variance + epsilon) + beta) with the batch's own moments. */
export function batchNormForward(
  z: Numbers,
  gamma: Numbers,
  beta: Numbers,
  options: BatchNormOptions,
): Float64Array {
  const { rows, c, epsilon, relu } = options;
  const { mean, variance } = batchNormMoments(z, options);
  const y = new Float64Array(rows * c);
  for (let i = 0; i < y.length; i++) {
    const channel = i % c;
    const normalized =
      ((z[i] ?? NaN) - (mean[channel] ?? NaN)) / Math.sqrt((variance[channel] ?? NaN) + epsilon);
    const value = (gamma[channel] ?? NaN) * normalized + (beta[channel] ?? NaN);
    y[i] = relu ? Math.max(value, 0) : value;
  }
  return y;
}

/**
 * Backward step by step (gradients of the variance, the mean, z), independent of the closed form that the kernels use.
 */
export function batchNormBackward(
  z: Numbers,
  dy: Numbers,
  gamma: Numbers,
  beta: Numbers,
  options: BatchNormOptions,
): { dz: Float64Array; dGamma: Float64Array; dBeta: Float64Array } {
  const { rows, c, epsilon, relu } = options;
  const y = batchNormForward(z, gamma, beta, { ...options, relu: false });
  const { mean, variance } = batchNormMoments(z, options);
  const dz = new Float64Array(rows * c);
  const dGamma = new Float64Array(c);
  const dBeta = new Float64Array(c);
  for (let channel = 0; channel < c; channel++) {
    const deviation = Math.sqrt((variance[channel] ?? NaN) + epsilon);
    const centered = channelOf(z, channel, options).map((value) => value - (mean[channel] ?? NaN));
    const open = channelOf(y, channel, options).map((value) => (!relu || value > 0 ? 1 : 0));
    const gradient = channelOf(dy, channel, options).map((value, row) => value * (open[row] ?? NaN));
    const products = gradient.map((value, row) => value * (centered[row] ?? NaN));
    const sum = meanOf(gradient) * rows;
    const productSum = meanOf(products) * rows;
    dBeta[channel] = sum;
    dGamma[channel] = productSum / deviation;
    const scale = gamma[channel] ?? NaN;
    const dVariance = (-0.5 * scale * productSum) / deviation ** 3;
    const dMean = (-scale * sum) / deviation; // the variance's own dependence on the mean sums to zero
    for (let row = 0; row < rows; row++) {
      const direct = (scale * (gradient[row] ?? NaN)) / deviation;
      dz[row * c + channel] = direct + (dVariance * 2 * (centered[row] ?? NaN)) / rows + dMean / rows;
    }
  }
  return { dz, dGamma, dBeta };
}
