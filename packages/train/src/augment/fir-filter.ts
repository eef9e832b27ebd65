/**
 * FIR filters for blur and resizing along one axis: each output sample is a weighted sum of neighbouring input samples.
 * The kernel `filterColumns` applies them.
 */

export interface FirFilter {
  /** Number of input and output samples. */
  readonly inputs: number;
  readonly outputs: number;
  /** Number of weights per output sample. */
  readonly taps: number;
  /** Index of the first input sample of each output sample; `start + taps` never exceeds `inputs`. */
  readonly starts: Int32Array;
  /** `[outputs, taps]`; each row sums to 1. */
  readonly weights: Float32Array;
}

/** In standard deviations: 0.3 % of a normal distribution lies beyond three. */
const BLUR_REACH = 3;

/** A Gaussian blur; the first and the last sample are repeated beyond the ends. */
export function blurFilter(size: number, sigma: number): FirFilter {
  const radius = Math.min(size - 1, Math.ceil(BLUR_REACH * sigma));
  const curve = new Float64Array(2 * radius + 1);
  let sum = 0;
  for (let i = 0; i < curve.length; i++) {
    curve[i] = Math.exp(-0.5 * ((i - radius) / sigma) ** 2);
    sum += curve[i]!;
  }
  return fromRows(size, size, Math.min(size, curve.length), (output, add) => {
    for (let i = 0; i < curve.length; i++) {
      add(Math.min(size - 1, Math.max(0, output + i - radius)), curve[i]! / sum);
    }
  });
}

/** Downsampling: the mean of the input that each output sample covers, weighted by overlap (OpenCV's INTER_AREA). */
export function shrinkFilter(inputs: number, outputs: number): FirFilter {
  const scale = inputs / outputs;
  return fromRows(inputs, outputs, Math.min(inputs, Math.ceil(scale) + 1), (output, add) => {
    // Multiply first, so that whole positions stay whole numbers.
    const [from, to] = [(output * inputs) / outputs, ((output + 1) * inputs) / outputs];
    for (let i = Math.floor(from); i < Math.min(inputs, Math.ceil(to)); i++) {
      add(i, (Math.min(to, i + 1) - Math.max(from, i)) / scale);
    }
  });
}

/** Upsampling: linear between half-pixel centres, with the ends repeated (OpenCV's INTER_LINEAR). */
export function enlargeFilter(inputs: number, outputs: number): FirFilter {
  return fromRows(inputs, outputs, Math.min(inputs, 2), (output, add) => {
    const position = Math.min(inputs - 1, Math.max(0, ((output + 0.5) * inputs) / outputs - 0.5));
    const lower = Math.floor(position);
    add(lower, 1 - (position - lower));
    if (position > lower) add(lower + 1, position - lower);
  });
}

/** @param addRow calls `add` with index and weight of each input sample of an output sample, in ascending order */
function fromRows(
  inputs: number,
  outputs: number,
  taps: number,
  addRow: (output: number, add: (input: number, weight: number) => void) => void,
): FirFilter {
  const starts = new Int32Array(outputs);
  const weights = new Float32Array(outputs * taps);
  for (let output = 0; output < outputs; output++) {
    let start = -1;
    addRow(output, (input, weight) => {
      if (start < 0) start = Math.min(input, inputs - taps);
      weights[output * taps + input - start]! += weight;
    });
    starts[output] = start;
  }
  return { inputs, outputs, taps, starts, weights };
}
