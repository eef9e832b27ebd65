import type { InputNormalization } from '../model/input-contract.js';

/**
 * @param inputs float32 `[…, channels]` of red, green and blue, or grey; left as they are
 * @returns `inputs` themselves where there is nothing to do, otherwise a copy
 */
export function normalizeInputs(
  inputs: Float32Array,
  channels: number,
  normalization: InputNormalization | undefined,
): Float32Array {
  if (normalization === undefined) return inputs;
  const { mean = [], std = [], channelOrder = 'RGB' } = normalization;
  const isReversed = channelOrder === 'BGR' && channels === 3;
  const result = new Float32Array(inputs.length);
  for (let channel = 0; channel < channels; channel++) {
    const from = isReversed ? channels - 1 - channel : channel;
    const offset = mean[channel] ?? 0;
    const scale = std[channel] ?? 1;
    for (let at = 0; at < inputs.length; at += channels) {
      result[at + channel] = (inputs[at + from]! - offset) / scale;
    }
  }
  return result;
}
