import { GraphBuilder } from './graph-builder.js';
import type { Graph, ImageShape } from './graph.js';
import { classify, residualModule } from './xception-parts.js';

/** Filters of the two residual modules. */
const MODULE_FILTERS = [128, 256] as const;

export interface BigXceptionOptions {
  /** `[height, width, channels]`; default `[48, 48, 1]`. */
  readonly inputShape?: ImageShape;
  /** Number of classes; default 7. */
  readonly classes?: number;
}

/**
 * big_XCEPTION: mini_Xception's wider sibling with two residual modules instead of four. 208,871 parameters for seven
 * classes of grey pictures, 206,375 without the moving statistics.
 *
 * Ref: Arriaga, Valdenegro-Toro, Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender
 * Classification", 2017; the network is `big_XCEPTION` in `src/models/cnn.py` of oarriaga/face_classification. Layers
 * are named by their order here, as in the same file's mini_XCEPTION.
 */
export function bigXception({ inputShape = [48, 48, 1], classes = 7 }: BigXceptionOptions = {}): Graph {
  const g = new GraphBuilder('big_XCEPTION', inputShape);
  let x = g.conv2d(g.input, { filters: 32, kernelSize: [3, 3], strides: 2, useBias: false });
  x = g.relu(g.batchNormalization(x));
  x = g.conv2d(x, { filters: 64, kernelSize: [3, 3], useBias: false });
  x = g.relu(g.batchNormalization(x));

  for (const filters of MODULE_FILTERS) {
    // The entry ends with a ReLU, a module does not.
    x = residualModule(g, x, filters, filters !== MODULE_FILTERS[0]);
  }

  return classify(g, x, classes);
}
