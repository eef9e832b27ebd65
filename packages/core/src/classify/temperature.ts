/**
 * Divides the logits of softmax outputs by a temperature. Above 1 probabilities become less extreme; their order, and
 * so the highest of them, stays.
 *
 *   pᵢ^(1/T) / Σ pⱼ^(1/T) = softmax(zᵢ / T)
 *
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2.
 *
 * @param probabilities `[rows, classes]`, rows sum to 1
 * @returns a new `[rows, classes]`; for a temperature of 1 the same values
 */
export function withTemperature(
  probabilities: Float32Array,
  classes: number,
  temperature: number,
): Float32Array {
  const scaled = Float32Array.from(probabilities);
  if (temperature === 1) return scaled;
  for (let start = 0; start < scaled.length; start += classes) {
    const row = scaled.subarray(start, start + classes);
    // Relative to the highest, so that no power of a small temperature vanishes.
    const highest = Math.max(...row);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += row[i] = (row[i]! / highest) ** (1 / temperature);
    for (let i = 0; i < classes; i++) row[i] = row[i]! / sum;
  }
  return scaled;
}
