import { ELEMENT_GRAIN, elementCount, type ArenaBuffer, type GraphDescription } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

export interface LossBuffers {
  readonly targets: ArenaBuffer;
  readonly probabilities: ArenaBuffer;
  readonly losses: ArenaBuffer;
}

/**
 * Softmax and cross-entropy of each picture, −Σ t·log p, and the gradient that starts the backward pass.
 *
 * A row of targets may sum to any weight w ≥ 0: 1 for labels, soft or not, another number where a class or a picture
 * counts more or less. The loss that is descended is the sum over the batch divided by its number of pictures, whatever
 * their weights (as in Keras): its gradient for the logits is (w·p − t) / batch.
 */
export function emitLoss({ builder, batch }: GradientTape, logits: Value, classes: number): LossBuffers {
  const targets = builder.buffer(batch * classes);
  const probabilities = builder.buffer(batch * classes);
  const losses = builder.buffer(batch);
  logits.gradient = builder.buffer(batch * classes);
  builder.launch(
    'softmaxCrossEntropy',
    [logits.buffer, targets, probabilities, logits.gradient, losses, classes, 1 / batch],
    batch,
  );
  return { targets, probabilities, losses };
}

/** d(λ·Σw²)/dw = 2λ·w, added to the kernels that the graph marks. */
export function emitKernelPenalties(
  { builder, parameters }: GradientTape,
  { layers }: GraphDescription,
): void {
  for (const { name, shape, l2 } of [...layers.values()].flatMap((layer) => layer.weights)) {
    if (l2 === 0) continue;
    const [weight, gradient] = [parameters.offsetOf(name), parameters.gradients.offsetOf(name)];
    builder.launch('addScaled', [weight, 2 * l2, gradient], elementCount(shape), ELEMENT_GRAIN);
  }
}
