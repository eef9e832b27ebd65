/** What mini_XCEPTION and big_XCEPTION are made of, both of the paper that {@link miniXception} names. */
import type { GraphBuilder, Symbolic } from './graph-builder.js';
import type { Graph } from './graph.js';

/**
 * A residual module: two depthwise separable convolutions beside a 1×1 shortcut, at half the resolution.
 *
 * @param startsWithRelu whether the separable convolutions take relu(x), as in Xception; the shortcut always takes x itself
 */
export function residualModule(
  g: GraphBuilder,
  x: Symbolic,
  filters: number,
  startsWithRelu: boolean,
): Symbolic {
  const separable = { filters, kernelSize: [3, 3], padding: 'same', useBias: false } as const;
  const shortcut = { filters, kernelSize: [1, 1], strides: 2, padding: 'same', useBias: false } as const;
  const residual = g.batchNormalization(g.conv2d(x, shortcut));
  let y = startsWithRelu ? g.relu(x) : x;
  y = g.relu(g.batchNormalization(g.separableConv2d(y, separable)));
  y = g.batchNormalization(g.separableConv2d(y, separable));
  y = g.maxPooling2d(y, { poolSize: [3, 3], strides: 2, padding: 'same' });
  return g.add(y, residual);
}

/** The end: a map of each class, its mean, and a softmax. */
export function classify(g: GraphBuilder, x: Symbolic, classes: number): Graph {
  const maps = g.conv2d(x, { filters: classes, kernelSize: [3, 3], padding: 'same' });
  return g.build(g.softmax(g.globalAveragePooling2d(maps), { name: 'predictions' }));
}
