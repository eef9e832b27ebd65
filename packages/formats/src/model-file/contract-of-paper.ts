/**
 * The contract of the checkpoints that the paper's training script left (`fer2013_mini_XCEPTION.102-0.66.hdf5`,
 * `fer2013_big_XCEPTION.54-0.66.hdf5` and their like), which stands in that script and not in the files: the labels in
 * FER2013's order, grey 0…255 as −1…1.
 *
 * They are known by their network: mini_XCEPTION or big_XCEPTION, layer for layer, for grey pictures and as many classes
 * as FER2013 has labels. Others have trained the same networks on other data, so without the authors' file name it is an
 * assumption, and said to be one. Of any other network nothing is assumed.
 *
 * Ref: https://github.com/oarriaga/face_classification, `src/train_emotion_classifier.py`
 */
import { FER2013_LABELS, MienError } from '@mien/core';
import { bigXception, describeGraph, miniXception, type Graph, type Layer } from '@mien/core/nn';
import type { ModelContract } from './model-contract.js';

export interface PaperContract extends Required<Pick<ModelContract, 'labels' | 'inputRange'>> {
  /** Name of the network. */
  readonly network: string;
  /** Whether the file is named as the authors name theirs. */
  readonly isNamed: boolean;
}

const NETWORKS = [miniXception, bigXception] as const;
/** `fer2013_mini_XCEPTION.102-0.66.hdf5` */
const AUTHORS_NAME = /^fer2013_(mini|big)_XCEPTION\.\d+-\d\.\d+\.hdf5$/i;

/** @param fileName without folders; only strengthens what the network says */
export function contractOfPaper(graph: Graph, fileName: string): PaperContract | undefined {
  const [height, width] = graph.inputShape;
  const known = new StructureTable();
  const given = known.numberOf(graph);
  for (const create of NETWORKS) {
    let paper: Graph;
    try {
      paper = create({ inputShape: [height, width, 1], classes: FER2013_LABELS.length });
    } catch (error) {
      if (error instanceof MienError) continue; // Too small a picture for this network: it is another one.
      throw error;
    }
    if (known.numberOf(paper) !== given) continue;
    const isNamed = AUTHORS_NAME.test(fileName);
    return { labels: FER2013_LABELS, inputRange: [-1, 1], network: paper.name, isNamed };
  }
  return undefined;
}

/** Numbers structures: graphs that differ in names only have the same number. */
class StructureTable {
  readonly #numbers = new Map<string, number>();

  numberOf(graph: Graph): number {
    const { layers } = describeGraph(graph);
    const numbers = new Map<string, number>();
    for (const layer of graph.layers) {
      const inputs = layer.inputs.map((name) => numbers.get(name) ?? -1);
      // Sums do not depend on the order of what they take.
      if (layer.kind === 'add') inputs.sort((a, b) => a - b);
      const shape = layers.get(layer.name)?.outputShape ?? [];
      numbers.set(layer.name, this.#intern([attributesOf(layer), shape, inputs]));
    }
    return this.#intern(graph.outputs.map((name) => numbers.get(name) ?? -1));
  }

  #intern(parts: unknown): number {
    const key = JSON.stringify(parts);
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }
}

/** What a layer computes; training's penalties and statistics aside. */
function attributesOf(layer: Layer): readonly unknown[] {
  return Object.entries(layer)
    .filter(([key]) => !['name', 'inputs', 'kernelL2', 'momentum', 'epsilon'].includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
