import { MienError } from '../errors.js';
import { GraphBuilder, type Symbolic } from './graph-builder.js';
import type { Graph, ImageShape } from './graph.js';
import { squeezeExcitation } from './squeeze-excitation.js';

export interface ResidualNetworkOptions {
  /** `[height, width, channels]`; default `[48, 48, 1]`. */
  readonly inputShape?: ImageShape;
  /** Number of classes; default 7. */
  readonly classes?: number;
  /** Filters per stage; every stage after the first one halves the picture's sides. */
  readonly widths: readonly number[];
  /** Basic blocks per stage; default 2. */
  readonly blocksPerStage?: number;
  /** Dropout rate of the pooled features; default 0. */
  readonly dropout?: number;
  /** Ends each block with squeeze-and-excitation, whose channels are divided by this; default 0, without. */
  readonly squeezeExcitation?: number;
  /** Of the graph; default `residual`. */
  readonly name?: string;
}

const MAX_STAGES = 16;
const MAX_BLOCKS_PER_STAGE = 64;

/**
 * A plain residual network: a 3×3 convolution of stride 2, stages of basic blocks with dense 3×3 convolutions, and one
 * fully connected layer. Widths [32, 64, 128, 256] with two blocks per stage at 48×48×1 have 2,801,063 parameters and
 * 78 million multiply-accumulates.
 *
 * Ref: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2015, section 3: the post-activation block
 * with projections where the shape changes (option B). The stem differs: it has no 7×7 convolution and no pooling, which
 * would reduce a face of 48×48 to 12×12.
 *
 * @throws MienError `USAGE` for an invalid number of stages or blocks, `MODEL_INVALID` for other invalid options
 */
export function residualNetwork({
  inputShape = [48, 48, 1],
  classes = 7,
  widths,
  blocksPerStage = 2,
  dropout = 0,
  squeezeExcitation: reduction = 0,
  name = 'residual',
}: ResidualNetworkOptions): Graph {
  const [stemWidth] = widths;
  if (stemWidth === undefined || widths.length > MAX_STAGES) {
    throw new MienError(
      'USAGE',
      `residual network: expected 1 to ${MAX_STAGES} widths, got ${widths.length}`,
    );
  }
  if (!Number.isInteger(blocksPerStage) || blocksPerStage < 1 || blocksPerStage > MAX_BLOCKS_PER_STAGE) {
    throw new MienError(
      'USAGE',
      `residual network: expected 1 to ${MAX_BLOCKS_PER_STAGE} blocks a stage, got ${blocksPerStage}`,
    );
  }
  const g = new GraphBuilder(name, inputShape);
  const convolve = (x: Symbolic, filters: number, size: number, strides: number): Symbolic => {
    const kernelSize = [size, size] as const;
    return g.batchNormalization(
      g.conv2d(x, { filters, kernelSize, strides, padding: 'same', useBias: false }),
    );
  };

  let x = g.relu(convolve(g.input, stemWidth, 3, 2));
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocksPerStage; block++) {
      const entersStage = stage > 0 && block === 0;
      const strides = entersStage ? 2 : 1;
      const shortcut = entersStage ? convolve(x, width, 1, strides) : x;
      const inner = g.relu(convolve(x, width, 3, strides));
      const outer = convolve(inner, width, 3, 1);
      const gated = reduction === 0 ? outer : squeezeExcitation(g, outer, width, reduction);
      x = g.relu(g.add(gated, shortcut));
    }
  });

  x = g.globalAveragePooling2d(x);
  if (dropout !== 0) x = g.dropout(x, { rate: dropout });
  return g.build(g.softmax(g.dense(x, { units: classes }), { name: 'predictions' }));
}
