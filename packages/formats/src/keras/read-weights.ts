/**
 * The stored arrays of a Keras model → our weights. There are two ways in which Keras finds a layer's arrays:
 *
 *   by name    <root>/<layer>, whose attribute weight_names lists paths below it, in Keras' order (.hdf5, save_weights
 *              of Keras 2); a model inside is one layer, which lists the arrays of all layers in it
 *   by order   <root>/<class>[_<n>]/vars/<i>, n counting the layers of that class before it (.keras, .weights.h5 of
 *              Keras 3); a model inside is a group with such groups in it
 */
import { MienError } from '@mien/core';
import type { Tensor } from '@mien/core/nn';
import type { Hdf5Reader } from '../hdf5/hdf5-reader.js';
import type { TrainableWeight } from './keras-optimizer.js';
import type { KerasWeight } from './keras-weights.js';
import type { LayerNode } from './layer-records.js';
import type { KerasNetwork } from './parse-config.js';

export interface ReadWeights {
  readonly weights: Map<string, Tensor>;
  /** In the order of the layers. */
  readonly trainable: readonly TrainableWeight[];
}

type WeightsOf = KerasNetwork['weightsOf'];

/** The layers' group; the second is that of the first .keras files, of Keras 2.12 to 2.15. */
const LAYER_GROUPS = ['layers', '_layer_checkpoint_dependencies'] as const;

/** @throws MienError `MODEL_INVALID` when a layer has other arrays than it needs */
export function readWeightsByName(
  file: Hdf5Reader,
  { layers, weightsOf, constants }: KerasNetwork,
  root: string,
  source: string,
): ReadWeights {
  const found = new Collector(file, constants);
  for (const node of layers) {
    const leaves = leavesOf(node);
    const expected = leaves.flatMap((leaf) => weightsOf.get(leaf.id) ?? []);
    if (expected.length === 0) continue;
    const group = `${root}/${node.name}`;
    const names = file.hasGroup(group) ? file.texts(group, 'weight_names') : undefined;
    // Files leave the number of values that were measured out, or have it.
    const optional = expected.filter(({ name }) => name === undefined).length;
    const count = names?.length ?? 0;
    if (names === undefined || count > expected.length || count < expected.length - optional) {
      throw new MienError(
        'MODEL_INVALID',
        `${source}: layer ${node.name} needs ${expected.length} weights and has ${names?.length ?? 'none'}; the file is damaged, export it again`,
      );
    }
    const places = node.children === undefined ? undefined : placesByName(names, leaves, weightsOf);
    const ordered = places ?? inOrder(expected, names, file, group);
    for (const [weight, name] of ordered) found.take(weight, `${group}/${name}`, name);
  }
  return found;
}

/** @throws MienError `MODEL_INVALID` when an array is missing */
export function readWeightsByOrder(
  file: Hdf5Reader,
  { layers, weightsOf, constants }: KerasNetwork,
  source: string,
): ReadWeights {
  const groupName = LAYER_GROUPS.find((group) => file.hasGroup(`/${group}`));
  if (groupName === undefined)
    throw new MienError('MODEL_INVALID', `${source}: has no layers; save the model again`);
  const found = new Collector(file, constants);
  const walk = (nodes: readonly LayerNode[], root: string): void => {
    for (const { node, path } of withPaths(nodes)) {
      if (node.children !== undefined) walk(node.children, `${root}/${path}/${groupName}`);
      (weightsOf.get(node.id) ?? []).forEach((weight, index) => {
        if (weight.name === undefined) return;
        const variables = `${root}/${path}/vars`;
        const variable = `${variables}/${index}`;
        if (!file.hasGroup(variables) || !file.hasTensor(variable)) {
          throw new MienError(
            'MODEL_INVALID',
            `${source}: ${weight.name} is missing (${variable}); the file is damaged`,
          );
        }
        found.take(weight, variable, weight.name);
      });
    }
  };
  walk(layers, `/${groupName}`);
  return found;
}

class Collector implements ReadWeights {
  readonly weights: Map<string, Tensor>;
  readonly trainable: TrainableWeight[] = [];
  readonly #file: Hdf5Reader;

  constructor(file: Hdf5Reader, constants: ReadonlyMap<string, Tensor>) {
    this.#file = file;
    this.weights = new Map(constants);
  }

  take(weight: KerasWeight, path: string, storedName: string): void {
    const { name, shape, kerasShape, trainable, convert } = weight;
    if (name === undefined) return;
    const { data } = this.#file.tensor(path, kerasShape);
    this.weights.set(name, { shape, data: convert?.(data) ?? data });
    if (trainable) this.trainable.push({ ...weight, name, storedName });
  }
}

/** Keras' paths of layers: `conv2d`, `conv2d_1`, …, counted by class. */
export function withPaths<Node extends Pick<LayerNode, 'className'>>(
  nodes: readonly Node[],
): readonly { node: Node; path: string }[] {
  const counts = new Map<string, number>();
  return nodes.map((node) => {
    const stem = toSnakeCase(node.className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return { node, path: count === 0 ? stem : `${stem}_${count}` };
  });
}

/** Keras' own: `SeparableConv2D` is `separable_conv2d`, `ReLU` is `re_lu`, `PReLU` is `p_re_lu`. */
export function toSnakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The layers of a node: itself, or those of the model that it is. */
export function leavesOf(node: LayerNode): readonly LayerNode[] {
  return node.children?.flatMap(leavesOf) ?? [node];
}

type Place = readonly [weight: KerasWeight, storedName: string];

/** `undefined` where the names do not tell which layer an array is of. */
function placesByName(
  names: readonly string[],
  leaves: readonly LayerNode[],
  weightsOf: WeightsOf,
): readonly Place[] | undefined {
  const byEnd = new Map<string, string | undefined>();
  for (const name of names) {
    const end = name.replace(/:0$/, '').split('/').slice(-2).join('/');
    // Two arrays of one end tell nothing.
    byEnd.set(end, byEnd.has(end) ? undefined : name);
  }
  const places: Place[] = [];
  for (const { id, name } of leaves) {
    for (const weight of weightsOf.get(id) ?? []) {
      const stored = byEnd.get(`${name}/${weight.kerasName}`);
      if (stored !== undefined) places.push([weight, stored]);
      else if (weight.name !== undefined) return undefined;
    }
  }
  return places;
}

/** By position: as the layers have them, or those of all layers that are trained first. */
function inOrder(
  expected: readonly KerasWeight[],
  names: readonly string[],
  file: Hdf5Reader,
  group: string,
): readonly Place[] {
  const whole = expected.filter(({ name }) => name !== undefined);
  const list = names.length === expected.length ? expected : whole;
  const trainedFirst = [
    ...list.filter(({ trainable }) => trainable),
    ...list.filter(({ trainable }) => !trainable),
  ];
  const fits = (order: readonly KerasWeight[]): boolean =>
    order.every(
      ({ kerasShape }, index) => file.shape(`${group}/${names[index] ?? ''}`).join() === kerasShape.join(),
    );
  const order = fits(list) || !fits(trainedFirst) ? list : trainedFirst;
  return order.map((weight, index) => [weight, names[index] ?? '']);
}
