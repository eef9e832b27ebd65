/** Layers that one launch computes together, as {@link planFusions} finds them. */
import type { GraphDescription } from '../describe-graph.js';
import type {
  BatchNormalizationLayer,
  Conv2dLayer,
  MaxPooling2dLayer,
  SeparableConv2dLayer,
} from '../graph.js';

/** What a layer's launch computes besides the layer itself. */
export interface Fusion {
  /** The batch normalisation that is folded into the layer's weights. */
  readonly normalization: BatchNormalizationLayer | undefined;
  /** Whether the launch ends with a ReLU. */
  readonly relu: boolean;
  /** Name of the layer whose output the launch produces. */
  readonly last: string;
}

/** An addition that the launch of one of its inputs computes. */
export interface ResidualAdd {
  /** The layer whose launch adds. */
  readonly layer: MaxPooling2dLayer | Conv2dLayer | SeparableConv2dLayer;
  /** Name of the other summand: max pooling reads it, a convolution overwrites it with the sum. */
  readonly other: string;
}

/** All fusions of a graph. */
export interface FusionPlan {
  readonly description: GraphDescription;
  /** By the name of the layer whose launch it is. */
  readonly fusions: ReadonlyMap<string, Fusion>;
  /** Additions that the launch of an earlier layer computes, by the name of the `add` layer. */
  readonly residualAdds: ReadonlyMap<string, ResidualAdd>;
}
