import { FLAG_RELU, ROW_GRAIN } from '@mien/core/compiler';
import type { BatchNormalizationLayer } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

/**
 * Normalises by the batch's own statistics, and updates the moving ones; a following ReLU is computed along.
 *
 * Forward it is y = act(z·scale + shift), with one scale and shift per channel from the batch's mean and variance.
 * Backward, with dy' the gradient behind the ReLU and x̂ the normalised input, dz is linear in dy', in x̂ and thus in
 * z: three coefficients per channel, from Σdy' and Σdy'·x̂.
 * Ref: Ioffe and Szegedy, "Batch Normalization", 2015, section 3.
 */
export function emitBatchNormalization(
  tape: GradientTape,
  layer: BatchNormalizationLayer,
  channels: number,
  rows: number,
  z: Value,
  relu: boolean,
  y: Value,
): void {
  const { builder, parameters } = tape;
  const weight = (role: string, exists = true) => (exists ? parameters.offsetOf(`${layer.name}/${role}`) : 0);
  const gradient = (role: string, exists: boolean) =>
    exists ? parameters.gradients.offsetOf(`${layer.name}/${role}`) : 0;
  const flags = relu ? FLAG_RELU : 0;
  const { perChunk, chunks } = tape.chunksOf(rows, 2 * channels);
  const partial = builder.buffer(chunks * 2 * channels);
  const coefficients = builder.buffer(4 * channels);
  builder.launch('batchNormStatistics', [z.buffer, partial, rows, channels, perChunk], chunks);
  builder.launch(
    'batchNormFinalize',
    [
      partial, weight('gamma', layer.scale), weight('beta', layer.center),
      weight('moving_mean'), weight('moving_variance'), coefficients,
      rows, channels, chunks, layer.epsilon, layer.momentum,
    ],
    channels,
  ); // prettier-ignore
  builder.launch('scaleShift', [z.buffer, coefficients, y.buffer, channels, flags], rows, ROW_GRAIN);

  tape.push(() => {
    const dy = tape.gradientOf(y);
    const sums = builder.buffer(chunks * 2 * channels);
    const backward = builder.buffer(3 * channels);
    const sizes = [rows, channels, perChunk, flags] as const;
    builder.launch('batchNormBackwardStatistics', [z.buffer, dy, coefficients, sums, ...sizes], chunks);
    builder.launch(
      'batchNormBackwardFinalize',
      [
        sums, weight('gamma', layer.scale), coefficients,
        gradient('gamma', layer.scale), gradient('beta', layer.center),
        backward, rows, channels, chunks,
      ],
      channels,
    ); // prettier-ignore
    tape.emitGradientApart(z, (dz) => {
      const operands = [z.buffer, dy, coefficients, backward, dz, channels, flags] as const;
      builder.launch('batchNormBackwardInput', [...operands], rows, ROW_GRAIN);
    });
  });
}
