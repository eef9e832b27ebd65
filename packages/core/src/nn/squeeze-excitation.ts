import type { GraphBuilder, Symbolic } from './graph-builder.js';

/**
 * Squeeze-and-excitation: scales each channel of a picture by a factor of 0 to 1, which two dense layers compute from
 * the means of all channels.
 *
 *   [h, w, c] → mean [c] → dense, ReLU [c / reduction] → dense, sigmoid [c] → times the input [h, w, c]
 *
 * Ref: Hu, Shen, Sun 2018, "Squeeze-and-Excitation Networks", section 3.
 *
 * @param channels of `x`
 * @param reduction what `channels` is divided by, at least to one unit
 */
export function squeezeExcitation(
  g: GraphBuilder,
  x: Symbolic,
  channels: number,
  reduction: number,
): Symbolic {
  const units = Math.max(1, Math.round(channels / reduction));
  const squeezed = g.relu(g.dense(g.globalAveragePooling2d(x), { units }));
  return g.multiply(x, g.activation(g.dense(squeezed, { units: channels }), 'sigmoid'));
}
