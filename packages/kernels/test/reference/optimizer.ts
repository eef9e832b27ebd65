/** One step of each optimiser for one parameter, in float64, as in the papers. */

export interface AdamState {
  readonly p: number;
  readonly m: number;
  readonly v: number;
}

/** Adam at step t ≥ 1; `weightDecay` is decoupled (AdamW). */
export function adam(
  { p, m, v }: AdamState,
  g: number,
  t: number,
  options: { learningRate: number; beta1: number; beta2: number; epsilon: number; weightDecay: number },
): AdamState {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  const mean = beta1 * m + (1 - beta1) * g;
  const square = beta2 * v + (1 - beta2) * g * g;
  const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  const step = (rate * mean) / (Math.sqrt(square) + epsilon);
  return { p: p - step - learningRate * weightDecay * p, m: mean, v: square };
}

export interface SgdState {
  readonly p: number;
  readonly velocity: number;
}

export function sgd(
  { p, velocity }: SgdState,
  g: number,
  options: { learningRate: number; momentum: number; nesterov: boolean; weightDecay: number },
): SgdState {
  const { learningRate, momentum, nesterov, weightDecay } = options;
  const speed = momentum * velocity - learningRate * g;
  const move = nesterov ? momentum * speed - learningRate * g : speed;
  return { p: p + move - learningRate * weightDecay * p, velocity: speed };
}
