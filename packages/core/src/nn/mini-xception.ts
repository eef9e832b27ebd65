import { GraphBuilder } from './graph-builder.js';
import type { Graph, ImageShape } from './graph.js';

/** Filters of the four residual modules. */
const MODULE_FILTERS = [16, 32, 64, 128] as const;
/** Weight decay of the two entry convolutions, as in the original's training script. */
const ENTRY_L2 = 0.01;

export interface MiniXceptionOptions {
  /** `[height, width, channels]`; default `[48, 48, 1]`. */
  readonly inputShape?: ImageShape;
  /** Number of classes; default 7. */
  readonly classes?: number;
}

/**
 * mini_Xception: two small convolutions, four residual modules of depthwise separable convolutions, no fully
 * connected layer. 58,423 parameters for seven classes of grey pictures, 56,951 without the moving statistics;
 * both do not depend on the picture's size.
 *
 * Ref: Arriaga, Valdenegro-Toro, Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender
 * Classification", 2017, https://arxiv.org/abs/1710.07557
 */
export function miniXception({ inputShape = [48, 48, 1], classes = 7 }: MiniXceptionOptions = {}): Graph {
  const g = new GraphBuilder('mini_XCEPTION', inputShape);
  const entry = { filters: 8, kernelSize: [3, 3], useBias: false, kernelL2: ENTRY_L2 } as const;

  let x = g.relu(g.batchNormalization(g.conv2d(g.input, entry)));
  x = g.relu(g.batchNormalization(g.conv2d(x, entry)));

  for (const filters of MODULE_FILTERS) {
    const separable = { filters, kernelSize: [3, 3], padding: 'same', useBias: false } as const;
    const shortcut = { filters, kernelSize: [1, 1], strides: 2, padding: 'same', useBias: false } as const;
    const residual = g.batchNormalization(g.conv2d(x, shortcut));
    x = g.relu(g.batchNormalization(g.separableConv2d(x, separable)));
    x = g.batchNormalization(g.separableConv2d(x, separable));
    x = g.maxPooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
    x = g.add(x, residual);
  }

  x = g.conv2d(x, { filters: classes, kernelSize: [3, 3], padding: 'same' });
  return g.build(g.softmax(g.globalAveragePooling2d(x), { name: 'predictions' }));
}
