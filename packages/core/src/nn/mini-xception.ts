import { GraphBuilder } from './graph-builder.js';
import type { Graph, ImageShape } from './graph.js';
import { classify, residualModule } from './xception-parts.js';

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
    x = residualModule(g, x, filters, false);
  }

  return classify(g, x, classes);
}
