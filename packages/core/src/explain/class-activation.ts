/**
 * Class activation maps: where a layer's values speak for a class. Each value is weighted by the slope of the
 * class' log-probability, and the channels are summed. (The papers take the logit, which comes out the same within the
 * error of measurement: see docs/LOG.md.)
 *
 *   grad-cam    Σ_k ḡ_k · a_k         ḡ_k: mean slope of the channel (Selvaraju et al. 2017, section 3)
 *   hires-cam   Σ_k g_k · a_k         each place by its own slope (Draelos and Carin 2020, section 3.2)
 *   layer-cam   Σ_k max(0, g_k) · a_k only slopes that speak for the class (Jiang et al. 2021, equation 4)
 *
 * What speaks against the class is cut off: all three end with max(0, …).
 */
import type { Shape } from '../nn/graph.js';
import type { LayerReading } from '../nn/layer-probe.js';

export const ACTIVATION_METHODS = ['layer-cam', 'hires-cam', 'grad-cam'] as const;
export type ActivationMethod = (typeof ACTIVATION_METHODS)[number];

/**
 * @param shape `[height, width, channels]` of the layer
 * @returns `[height, width]`, 0 or more
 */
export function toActivationMap(
  { values, gradients }: Pick<LayerReading, 'values' | 'gradients'>,
  [height = 1, width = 1, channels = 1]: Shape,
  method: ActivationMethod,
): Float32Array {
  const means = method === 'grad-cam' ? meanOverPlaces(gradients, channels) : undefined;
  const map = new Float32Array(height * width);
  for (let place = 0; place < map.length; place++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const at = place * channels + channel;
      const slope = means === undefined ? gradients[at]! : means[channel]!;
      sum += (method === 'layer-cam' ? Math.max(0, slope) : slope) * values[at]!;
    }
    map[place] = Math.max(0, sum);
  }
  return map;
}

function meanOverPlaces(gradients: Float32Array, channels: number): Float64Array {
  const means = new Float64Array(channels);
  gradients.forEach((slope, at) => (means[at % channels] = means[at % channels]! + slope));
  return means.map((sum) => sum / (gradients.length / channels));
}
