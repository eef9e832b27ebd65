import { GraphBuilder, type Graph } from '@mien/core/nn';

/** A classifier of seven classes with every kind of layer and activation, branches and dropout. */
export function everyLayerGraph(): Graph {
  const g = new GraphBuilder('every_layer', [12, 11, 2]);
  const same = { padding: 'same' } as const;
  let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], useBias: false, kernelL2: 0.01, ...same });
  x = g.relu(g.batchNormalization(x, { momentum: 0.9 }));
  x = g.dropout(x, { rate: 0.2 });
  const grouped = g.prelu(g.conv2d(x, { filters: 6, kernelSize: [3, 3], groups: 2, ...same }));
  const single = g.clip(g.conv2d(x, { filters: 8, kernelSize: [3, 3], groups: 8, ...same }), {
    min: -2,
    max: 2,
  });
  const deep = g.activation(g.depthwiseConv2d(x, { kernelSize: [3, 3], ...same }), 'relu6');
  x = g.concatenate([grouped, single, deep]);
  x = g.activation(g.separableConv2d(x, { filters: 10, kernelSize: [3, 3], ...same }), 'hardSwish');
  const half = g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, countIncludesPadding: true, ...same });
  const up = g.resize2d(half, { size: [12, 11], interpolation: 'bilinear' });
  const near = g.resize2d(g.maxPooling2d(x, { poolSize: [2, 2] }), { size: [12, 11] });
  x = g.add(
    g.multiply(x, g.activation(up, 'hardSigmoid')),
    g.activation(g.activation(g.activation(near, 'elu'), 'gelu'), 'tanh'),
  );
  const squeezed = g.softmax(g.dense(g.globalAveragePooling2d(x), { units: 10 }));
  x = g.multiply(x, squeezed);
  x = g.zeroPadding2d(x, { padding: { top: 1, left: 0, bottom: 0, right: 1 }, channelsAfter: 2 });
  x = g.conv2d(x, { filters: 4, kernelSize: [3, 3], strides: 3 });
  x = g.dropout(g.activation(g.flatten(g.reshape(x, { shape: [2, 8, 4] })), 'sigmoid'), { rate: 0.5 });
  return g.build(g.softmax(g.dense(x, { units: 7 })));
}
