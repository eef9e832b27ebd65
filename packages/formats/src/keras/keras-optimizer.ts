/**
 * An optimiser's state in Keras files: a flat list of arrays that says nothing of itself. Which belongs to which weight
 * follows from the optimiser and from the Keras that wrote it.
 *
 *   Keras 2   step, then m of every weight, then v of every weight, then (2.1.3 to 2.3.1) a stand-in for every weight
 *   Keras 3   step, learning rate, then m and v of each weight in turn
 *
 * Weights come in the order of the layers; up to Keras 2.0.8 in that of their names.
 * Ref: `keras/optimizers.py` of 2.0.5 and 2.3.1, `keras/src/optimizers/base_optimizer.py` of 3.
 */
import { isRecord, MienError } from '@mien/core';
import { requireWeight, type Tensor } from '@mien/core/nn';
import type { Hdf5Reader } from '../hdf5/hdf5-reader.js';
import { OPTIMIZER_SLOTS, type OptimizerKind, type OptimizerState } from '../imported-model.js';
import { keras3, type Generation } from './to-config.js';
import type { NamedKerasWeight } from './keras-weights.js';

/** A trainable weight and the name that orders it in old files. */
export interface TrainableWeight extends NamedKerasWeight {
  readonly storedName: string;
}

/** Keras' own. */
const DEFAULT_LEARNING_RATE = 0.001;
const KINDS: Readonly<Record<string, OptimizerKind>> = { Adam: 'adam', SGD: 'sgd' };

/** What a description of training (`training_config`, `compile_config`) says of the optimiser. */
export type OptimizerDescription = Pick<OptimizerState, 'kind' | 'learningRate' | 'settings'>;

/** The settings that a state is of no use without, with Keras' defaults. */
const SETTINGS = {
  adam: { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 },
  sgd: { momentum: 0, nesterov: false },
} as const satisfies Record<OptimizerKind, Readonly<Record<string, number | boolean>>>;

/** @returns `undefined` for an optimiser that has no counterpart here */
export function parseOptimizer(training: unknown): OptimizerDescription | undefined {
  if (!isRecord(training)) return undefined;
  const description = training['optimizer_config'] ?? training['optimizer'];
  if (!isRecord(description)) return undefined;
  const { class_name: className, config: given } = description;
  const kind =
    typeof className === 'string' && Object.hasOwn(KINDS, className) ? KINDS[className] : undefined;
  if (kind === undefined) return undefined;
  const config = isRecord(given) ? given : {};
  if (config['amsgrad'] === true) return undefined;
  const rate = config['learning_rate'] ?? config['lr'];
  const settings = Object.entries<number | boolean>(SETTINGS[kind]).map(
    ([name, usual]): [string, number | boolean] => {
      const value: unknown = Object.hasOwn(config, name) ? config[name] : undefined;
      return [name, typeof value === 'number' || typeof value === 'boolean' ? value : usual];
    },
  );
  return {
    kind,
    ...(typeof rate === 'number' ? { learningRate: rate } : {}),
    settings: Object.fromEntries(settings),
  };
}

/**
 * Reads the state from arrays of which only paths and shapes are known.
 *
 * @param paths of the arrays, in Keras' order
 * @param trainable the network's, in the order of the file's layers
 * @param byName whether this Keras orders them by name
 * @returns `undefined` where the shapes do not follow any known order: the model is whole without it
 */
export function readOptimizerState(
  file: Hdf5Reader,
  { kind, learningRate, ...description }: OptimizerDescription,
  paths: readonly string[],
  trainable: readonly TrainableWeight[],
  byName: boolean,
): OptimizerState | undefined {
  const [stepPath, ...rest] = paths;
  if (stepPath === undefined || file.shape(stepPath).length !== 0) return undefined;
  const shapes = rest.map((path) => file.shape(path).join());
  const slots = OPTIMIZER_SLOTS[kind];
  const sorted = [...trainable].sort((a, b) => (a.storedName < b.storedName ? -1 : 1));
  const interleaved = shapes[0] === '';
  for (const order of byName ? [sorted, trainable] : [trainable, sorted]) {
    // Position in `rest` of a slot of a weight.
    const positionOf = (slot: number, weight: number): number =>
      interleaved ? 1 + weight * slots.length + slot : slot * order.length + weight;
    const fits = order.every((weight, index) =>
      slots.every((_, slot) => shapes[positionOf(slot, index)] === weight.kerasShape.join()),
    );
    if (!fits) continue;
    const tensors = new Map<string, Tensor>();
    slots.forEach((slot, slotIndex) => {
      order.forEach(({ name, shape, kerasShape, convert }, index) => {
        const { data } = file.tensor(rest[positionOf(slotIndex, index)] ?? '', kerasShape);
        tensors.set(`${kind}/${slot}/${name}`, { shape, data: convert?.(data) ?? data });
      });
    });
    const step = Math.round(file.tensor(stepPath, []).data[0] ?? 0);
    const ratePath = interleaved ? rest[0] : undefined;
    const rate = ratePath === undefined ? learningRate : file.tensor(ratePath, []).data[0];
    return { ...description, kind, step, ...(rate === undefined ? {} : { learningRate: rate }), tensors };
  }
  return undefined;
}

/** One array of the list, with its name where the format has names. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor | { readonly whole: number };
}

/** @throws MienError `MODEL_INVALID` when the state misses a weight */
export function listOptimizerTensors(
  { kind, step, learningRate = DEFAULT_LEARNING_RATE, tensors }: OptimizerState,
  trainable: readonly NamedKerasWeight[],
  generation: Generation,
): readonly NamedTensor[] {
  const slots = OPTIMIZER_SLOTS[kind];
  const className = classNameOf(kind);
  const slotOf = (slot: string, { name, shape, kerasShape }: NamedKerasWeight): NamedTensor => {
    const { data } = requireWeight(tensors, `${kind}/${slot}/${name}`, shape);
    return { name: `training/${className}/${name}/${slot}:0`, tensor: { shape: kerasShape, data } };
  };
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new MienError('USAGE', `optimiser state: step must be a whole number, got ${step}`);
  }
  const iterations = { name: `${className}/iterations:0`, tensor: { whole: step } };
  if (generation === 3) {
    const rate = { name: 'learning_rate', tensor: { shape: [], data: Float32Array.of(learningRate) } };
    return [iterations, rate, ...trainable.flatMap((weight) => slots.map((slot) => slotOf(slot, weight)))];
  }
  const standIns = kind === 'adam' ? trainable : [];
  return [
    iterations,
    ...slots.flatMap((slot) => trainable.map((weight) => slotOf(slot, weight))),
    // Keras 2.1.3 and later keep a single zero where AMSGrad would have its maximum; tf.keras takes them away again.
    ...standIns.map(({ name }) => ({
      name: `training/${className}/${name}/vhat:0`,
      tensor: { shape: [1], data: new Float32Array(1) },
    })),
  ];
}

/** The optimiser as Keras describes it. */
export function toOptimizerConfig(
  { kind, learningRate = DEFAULT_LEARNING_RATE, settings }: OptimizerState,
  generation: Generation,
): Readonly<Record<string, unknown>> {
  const config = { learning_rate: learningRate, ...SETTINGS[kind], ...settings };
  const className = classNameOf(kind);
  return generation === 3 ? keras3('optimizers', className, config) : { class_name: className, config };
}

function classNameOf(kind: OptimizerKind): string {
  return kind === 'adam' ? 'Adam' : 'SGD';
}
