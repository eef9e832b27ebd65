import type { InputContract, InputNormalization } from '../model/input-contract.js';
import { normalizeDetail } from './normalize-detail.js';
import { normalizeExposure } from './normalize-exposure.js';

/**
 * @param inputs float32 `[count, height, width, channels]` of red, green and blue, or grey, in the input's range; left as
 *   they are
 * @returns `inputs` themselves where there is nothing to do, otherwise a copy
 */
export function normalizeInputs(
  inputs: Float32Array,
  input: Pick<InputContract, 'width' | 'height' | 'channels' | 'range'>,
  { detail, exposure, ...steps }: InputNormalization = {},
): Float32Array {
  const clear = detail === undefined ? inputs : normalizeDetail(inputs, input, detail);
  const exposed = exposure === undefined ? clear : normalizeExposure(clear, input, exposure);
  return Object.keys(steps).length === 0 ? exposed : normalizeChannels(exposed, input.channels, steps);
}

function normalizeChannels(
  inputs: Float32Array,
  channels: number,
  { mean = [], std = [], channelOrder = 'RGB' }: Omit<InputNormalization, 'detail' | 'exposure'>,
): Float32Array {
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
