import { loadModel } from '../model/load-model.js';
import { WHOLE_BOX } from '../model/manifest.js';
import type { Model } from '../model/model.js';
import { toModelFile } from '../model/own-contract.js';
import { GraphBuilder } from '../nn/graph-builder.js';

export const LABELS = ['dark', 'bright'];

/** A network that compares the mean m of a face, −1…1, with mid-grey: it returns softmax(−m, m). */
export async function makeBrightnessModel(): Promise<Model> {
  const g = new GraphBuilder('brightness', [4, 4, 1]);
  const mean = g.globalAveragePooling2d(
    g.conv2d(g.input, { name: 'both', filters: 2, kernelSize: [1, 1], useBias: false }),
  );
  const graph = g.build(g.softmax(mean));
  const weights = new Map([['both/kernel', { shape: [1, 1, 1, 2], data: Float32Array.of(-1, 1) }]]);
  const bytes = toModelFile({ graph, weights, labels: LABELS, inputRange: [-1, 1], crop: WHOLE_BOX });
  return loadModel({ manifest: undefined, weights: bytes, source: 'test', id: 'brightness' });
}
