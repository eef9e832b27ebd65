import { GraphBuilder, type Symbolic } from './graph-builder.js';
import type { Graph, ImageShape } from './graph.js';
import { squeezeExcitation } from './squeeze-excitation.js';

export interface NanoNetworkOptions {
  /** `[height, width, channels]`; default `[48, 48, 1]`. */
  readonly inputShape?: ImageShape;
  /** Number of expressions; default 7. */
  readonly classes?: number;
  /** Part of the pooled features that training drops; default 0. */
  readonly dropout?: number;
}

/** Channels of the stem and of the two dense blocks at half resolution. */
const DENSE_WIDTH = 24;
/** Channels of the two stages of separable blocks; each stage halves the picture. */
const SEPARABLE_WIDTHS = [64, 96] as const;
const BLOCKS_PER_STAGE = 2;
/** What squeeze-and-excitation divides the channels by. */
const REDUCTION = 8;

/**
 * A network for pages and small devices: 92,735 parameters and 16.5 million multiply-accumulates at 48×48×1 with seven
 * classes.
 *
 * Dense convolutions where pictures are large and channels few, since they make better use of SIMD than depthwise ones;
 * separable convolutions with squeeze-and-excitation where channels are many.
 *
 *   stem    3×3, 24 channels, max pooling     48×48 → 24×24
 *   2 ×     residual block of two 3×3          24×24, 24 channels
 *   2 ×     separable residual block           12×12, 64 channels
 *   2 ×     separable residual block            6×6,  96 channels
 *   head    mean, dense, softmax
 */
export function nanoNetwork({
  inputShape = [48, 48, 1],
  classes = 7,
  dropout = 0,
}: NanoNetworkOptions = {}): Graph {
  const g = new GraphBuilder('nano', inputShape);
  const convolve = (x: Symbolic, filters: number, size: 1 | 3, strides = 1): Symbolic => {
    const kernelSize = [size, size] as const;
    const options = { filters, kernelSize, strides, padding: 'same', useBias: false } as const;
    return g.batchNormalization(g.conv2d(x, options));
  };
  const separate = (x: Symbolic, filters: number, strides = 1): Symbolic => {
    const options = { filters, kernelSize: [3, 3], strides, padding: 'same', useBias: false } as const;
    return g.batchNormalization(g.separableConv2d(x, options));
  };

  let x = g.relu(convolve(g.input, DENSE_WIDTH, 3));
  x = g.maxPooling2d(x, { poolSize: [2, 2] });
  for (let block = 0; block < 2; block++) {
    const inner = g.relu(convolve(x, DENSE_WIDTH, 3));
    x = g.relu(g.add(convolve(inner, DENSE_WIDTH, 3), x));
  }
  for (const width of SEPARABLE_WIDTHS) {
    for (let block = 0; block < BLOCKS_PER_STAGE; block++) {
      const strides = block === 0 ? 2 : 1;
      const shortcut = block === 0 ? convolve(x, width, 1, strides) : x;
      const inner = g.relu(separate(x, width, strides));
      const gated = squeezeExcitation(g, separate(inner, width), width, REDUCTION);
      x = g.relu(g.add(gated, shortcut));
    }
  }

  x = g.globalAveragePooling2d(x);
  if (dropout !== 0) x = g.dropout(x, { rate: dropout });
  return g.build(g.softmax(g.dense(x, { units: classes }), { name: 'predictions' }));
}
