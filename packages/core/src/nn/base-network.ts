import type { Graph, ImageShape } from './graph.js';
import { residualNetwork } from './residual-network.js';

export interface BaseNetworkOptions {
  /** `[height, width, channels]`; default `[48, 48, 1]`. */
  readonly inputShape?: ImageShape;
  /** Number of expressions; default 7. */
  readonly classes?: number;
  /** Part of the pooled features that training drops; default 0.2. */
  readonly dropout?: number;
}

/**
 * The accurate network: a residual network of widths 32, 64, 128 and 256, two blocks a stage, with
 * squeeze-and-excitation. 2,823,843 parameters and 78 million multiply-accumulates at 48×48×1 with seven classes.
 */
export function baseNetwork({ dropout = 0.2, ...options }: BaseNetworkOptions = {}): Graph {
  return residualNetwork({
    ...options,
    name: 'base',
    widths: [32, 64, 128, 256],
    blocksPerStage: 2,
    squeezeExcitation: 16,
    dropout,
  });
}
