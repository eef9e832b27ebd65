// TensorFlow.js on its WASM backend, one thread, at its best: batch normalization is folded into the convolutions, and bias and
// ReLU are fused, as its converter does for an exported model. The values of the weights do not matter here.
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { inputs, measure, report } from '../measure.js';

const library = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(library.slice(0, library.lastIndexOf('/') + 1));
setThreadsCount(1);
await tf.setBackend('wasm');

const weights = (...shape) => tf.randomUniform(shape, -0.3, 0.3, 'float32', 1);

function conv2d(size, channels, filters, strides, pad, activation = 'linear') {
  const layer = {
    filter: weights(size, size, channels, filters),
    bias: weights(filters),
    strides,
    pad,
    activation,
  };
  return (x) => tf.fused.conv2d({ x, ...layer });
}

function separableConv2d(channels, filters, activation) {
  const depthwise = weights(3, 3, channels, 1);
  const pointwise = conv2d(1, channels, filters, 1, 'same', activation);
  return (x) => pointwise(tf.depthwiseConv2d(x, depthwise, 1, 'same'));
}

function residualModule(channels, filters) {
  const shortcut = conv2d(1, channels, filters, 2, 'same');
  const first = separableConv2d(channels, filters, 'relu');
  const second = separableConv2d(filters, filters);
  return (x) => tf.add(tf.maxPool(second(first(x)), 3, 2, 'same'), shortcut(x));
}

const layers = [
  conv2d(3, 1, 8, 1, 'valid', 'relu'),
  conv2d(3, 8, 8, 1, 'valid', 'relu'),
  ...[8, 16, 32, 64].map((channels) => residualModule(channels, channels * 2)),
  conv2d(3, 128, 7, 1, 'same'),
  (x) => tf.softmax(tf.mean(x, [1, 2])),
];

const results = {};
for (const batch of [1, 32]) {
  const pictures = inputs(batch);
  results[`tfjs-wasm, batch ${batch}`] = await measure(() =>
    tf.tidy(() =>
      layers.reduce((x, layer) => layer(x), tf.tensor4d(pictures, [batch, 48, 48, 1])).dataSync(),
    ),
  );
}
report({ ...results, version: tf.version.tfjs });
