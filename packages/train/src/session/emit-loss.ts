import { ELEMENT_GRAIN, ROW_GRAIN, type ArenaBuffer, type Operand } from '@mien/core/compiler';
import { elementCount, type GraphDescription } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

export interface LossBuffers {
  readonly targets: ArenaBuffer;
  /** Where the loss has a teacher's term. */
  readonly softTargets: ArenaBuffer | undefined;
  readonly probabilities: ArenaBuffer;
  readonly losses: ArenaBuffer;
}

export interface LossOptions {
  /** Of the teacher's term; `undefined` for none. */
  readonly temperature: number | undefined;
  /** Byte offset of float32 `[2, classes]`: ones, and what is added to the logits; `undefined` for nothing. */
  readonly logitOffsets: Operand | undefined;
}

/**
 * Softmax and cross-entropy of each picture, −Σ t·log p, and the gradient that starts the backward pass.
 *
 * A row of targets may sum to any weight w ≥ 0: 1 for labels, soft or not, another number where a class or a picture
 * counts more or less. The loss that is descended is the sum over the batch divided by its number of pictures, whatever
 * their weights (as in Keras): its gradient for the logits is (w·p − t) / batch.
 *
 * With a temperature T a second term is added, T²·(−Σ s·log q): q is the softmax of the logits divided by T, s what a
 * teacher says at the same T, in rows of any weight w as well. Its gradient is T·(w·q − s) / batch: the square keeps it
 * as large as that of the labels, whatever T is.
 *
 * Ref: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", section 2.
 *
 * Logit offsets are added to the logits in the labels' term alone. They do not change the form of its gradient.
 * Ref: Menon et al. 2021, "Long-tail learning via logit adjustment", equation 10.
 */
export function emitLoss(
  { builder, batch }: GradientTape,
  logits: Value,
  classes: number,
  { temperature, logitOffsets }: LossOptions,
): LossBuffers {
  const targets = builder.buffer(batch * classes);
  const probabilities = builder.buffer(batch * classes);
  const losses = builder.buffer(batch);
  logits.gradient = builder.buffer(batch * classes);
  const adjusted = logitOffsets === undefined ? logits.buffer : builder.buffer(batch * classes);
  if (logitOffsets !== undefined) {
    builder.launch('scaleShift', [logits.buffer, logitOffsets, adjusted, classes, 0], batch, ROW_GRAIN);
  }
  builder.launch(
    'softmaxCrossEntropy',
    [adjusted, targets, probabilities, logits.gradient, losses, classes, 1 / batch],
    batch,
  );
  if (temperature === undefined) return { targets, softTargets: undefined, probabilities, losses };

  const length = batch * classes;
  const [softTargets, divided] = [builder.buffer(length), builder.buffer(length)];
  const [softened, softGradient, softLosses] = [
    builder.buffer(length),
    builder.buffer(length),
    builder.buffer(batch),
  ];
  builder.launch('fill', [divided, 0], length, ELEMENT_GRAIN);
  builder.launch('addScaled', [logits.buffer, 1 / temperature, divided], length, ELEMENT_GRAIN);
  builder.launch(
    'softmaxCrossEntropy',
    [divided, softTargets, softened, softGradient, softLosses, classes, temperature / batch],
    batch,
  );
  builder.launch('addScaled', [softGradient, 1, logits.gradient], length, ELEMENT_GRAIN);
  builder.launch('addScaled', [softLosses, temperature ** 2, losses], batch, ELEMENT_GRAIN);
  return { targets, softTargets, probabilities, losses };
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
