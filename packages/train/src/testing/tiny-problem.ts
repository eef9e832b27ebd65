/** A tiny network and dataset for tests: three classes of 8×8 pictures. */
import { GraphBuilder, type Graph } from '@mien/core/nn';
import type { Dataset } from '../data/dataset.js';
import { FER2013_SPLITS } from '../data/fer2013/fer2013.js';
import { createRandom } from '../random.js';

export const TINY_LABELS = ['flat', 'columns', 'rows'] as const;
const TINY_SIDE = 8;

/** Noisy pictures with cycling labels; `counts` per split, in the order of the file. */
export function tinyDataset(
  counts: Partial<Record<(typeof FER2013_SPLITS)[number], number>>,
  seed = 1,
): Dataset {
  const random = createRandom(seed);
  const splits = FER2013_SPLITS.flatMap((split, index) => new Array<number>(counts[split] ?? 0).fill(index));
  const labels = splits.map((_, row) => row % TINY_LABELS.length);
  const images = labels.flatMap((label) =>
    Array.from({ length: TINY_SIDE * TINY_SIDE }, (_, i) => {
      const [x, y] = [i % TINY_SIDE, Math.floor(i / TINY_SIDE)];
      const pattern = [128, x % 2 === 0 ? 60 : 200, y % 2 === 0 ? 60 : 200][label] ?? 0;
      return pattern + random.uniformInt(40) - 20;
    }),
  );
  return {
    count: labels.length,
    width: TINY_SIDE,
    height: TINY_SIDE,
    images: Uint8Array.from(images),
    labels: Uint8Array.from(labels),
    labelNames: TINY_LABELS,
    splits: Uint8Array.from(splits),
    splitNames: FER2013_SPLITS,
  };
}

/** Convolution, batch normalisation, separable convolution and pooling. */
export function tinyGraph(): Graph {
  const g = new GraphBuilder('tiny_XCEPTION', [TINY_SIDE, TINY_SIDE, 1]);
  let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], useBias: false });
  x = g.relu(g.batchNormalization(x, { momentum: 0.8 }));
  x = g.separableConv2d(x, { filters: 8, kernelSize: [3, 3], padding: 'same', useBias: false });
  x = g.relu(g.batchNormalization(x, { momentum: 0.8 }));
  x = g.conv2d(g.maxPooling2d(x, { poolSize: [2, 2] }), { filters: TINY_LABELS.length, kernelSize: [3, 3] });
  return g.build(g.softmax(g.globalAveragePooling2d(x), { name: 'predictions' }));
}
