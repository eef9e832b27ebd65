/** Small networks that together have every kind of layer, for the tests of the writers. */
import { GraphBuilder, miniXception, nanoNetwork, squeezeExcitation, type Graph } from '@mien/core/nn';

export function residualNetwork(): Graph {
  const g = new GraphBuilder('residual', [20, 24, 3]);
  let x = g.conv2d(g.input, {
    filters: 8,
    kernelSize: [5, 3],
    strides: 2,
    padding: 'same',
    useBias: false,
    kernelL2: 0.01,
  });
  x = g.relu(g.batchNormalization(x));
  let y = g.conv2d(x, { filters: 8, kernelSize: [3, 3], padding: 'same' });
  y = g.batchNormalization(y, { epsilon: 1e-5, momentum: 0.9 });
  x = g.relu(g.add(x, y));
  x = g.maxPooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
  x = g.depthwiseConv2d(x, { kernelSize: [3, 3], padding: { top: 2, left: 0, bottom: 1, right: 1 } });
  x = squeezeExcitation(g, x, 8, 4);
  return g.build(g.softmax(g.dense(g.globalAveragePooling2d(x), { units: 7 })));
}

function poolings(): Graph {
  const g = new GraphBuilder('poolings', [23, 19, 2]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 3] });
  x = g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
  x = g.zeroPadding2d(x, { padding: { top: 1, left: 0, bottom: 2, right: 3 }, channelsAfter: 2 });
  x = g.averagePooling2d(x, {
    poolSize: [2, 3],
    strides: 1,
    padding: { top: 1, left: 1, bottom: 0, right: 2 },
    countIncludesPadding: true,
  });
  x = g.maxPooling2d(x, { poolSize: [2, 2], padding: { top: 0, left: 1, bottom: 1, right: 0 } });
  return g.build(g.softmax(g.globalAveragePooling2d(x)));
}

export function denseNetwork(): Graph {
  const g = new GraphBuilder('dense', [9, 7, 2]);
  let x = g.relu(g.conv2d(g.input, { filters: 5, kernelSize: [3, 3] }));
  x = g.dropout(g.flatten(x), { rate: 0.3 });
  x = g.relu(g.batchNormalization(g.dense(x, { units: 11, useBias: false })));
  return g.build(g.softmax(g.dense(x, { units: 3 })));
}

function activations(): Graph {
  const g = new GraphBuilder('activations', [6, 5, 3]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 3], padding: 'same' });
  for (const activation of ['relu6', 'sigmoid', 'hardSigmoid', 'hardSwish', 'elu', 'tanh'] as const) {
    x = g.add(x, g.activation(g.batchNormalization(x), activation));
  }
  x = g.clip(g.prelu(x), { min: -0.75, max: 1.5 });
  x = g.clip(x, { min: -Infinity, max: 1.25 });
  x = g.softmax(x);
  const features = g.prelu(g.dense(g.flatten(x), { units: 4 }));
  return g.build(g.activation(features, 'hardSwish'));
}

function reshapes(): Graph {
  const g = new GraphBuilder('reshapes', [6, 8, 3]);
  const picture = g.conv2d(g.input, { filters: 4, kernelSize: [3, 3], padding: 'same' });
  const rows = g.batchNormalization(g.reshape(picture, { shape: [48, 4] }));
  const wide = g.conv2d(g.reshape(rows, { shape: [4, 6, 8] }), { filters: 8, kernelSize: [1, 1] });
  const tall = g.concatenate([wide, g.reshape(picture, { shape: [4, 6, 8] })], { axis: 0 });
  const deep = g.concatenate([tall, tall]);
  const list = g.softmax(g.concatenate([rows, g.prelu(rows)], { axis: 0 }));
  return g.build(g.globalAveragePooling2d(deep), list);
}

function gates(): Graph {
  const g = new GraphBuilder('gates', [10, 12, 4]);
  let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], groups: 2 });
  const gate = g.activation(g.dense(g.globalAveragePooling2d(x), { units: 8 }), 'sigmoid');
  x = g.multiply(x, gate);
  x = g.resize2d(x, { size: [16, 30] });
  x = g.resize2d(x, { size: [11, 7], interpolation: 'bilinear' });
  x = g.multiply(x, g.activation(x, 'tanh'));
  return g.build(g.softmax(g.globalAveragePooling2d(g.conv2d(x, { filters: 3, kernelSize: [2, 2] }))));
}

function severalOutputs(): Graph {
  const g = new GraphBuilder('several', [12, 10, 1]);
  const x = g.relu(g.conv2d(g.input, { filters: 6, kernelSize: [3, 3], name: 'features' }));
  const heat = g.conv2d(x, { filters: 2, kernelSize: [1, 1], name: 'heat' });
  const cells = g.reshape(heat, { shape: [4, 2, 20], name: 'cells' });
  return g.build(g.globalAveragePooling2d(x), heat, cells, g.reshape(heat, { shape: [80, 2], name: 'list' }));
}

/** Every kind of layer, each where it makes a difference how its axes are ordered. */
export const NETWORKS: Readonly<Record<string, Graph>> = {
  mini_Xception: miniXception(),
  'mini_Xception of another size': miniXception({ inputShape: [31, 45, 3], classes: 5 }),
  nano: nanoNetwork(),
  'a residual network': residualNetwork(),
  'poolings and paddings': poolings(),
  'flatten, dropout and dense layers': denseNetwork(),
  'every activation': activations(),
  'reshapes and joins': reshapes(),
  'gates, grouped and resampled pictures': gates(),
  'several outputs, two of them pictures': severalOutputs(),
};
