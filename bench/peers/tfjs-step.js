// One training step of 32 pictures on TensorFlow.js' JavaScript backend, the only one that trains in plain Node.
import * as tf from '@tensorflow/tfjs';
import { inputs, measure, report } from '../measure.js';

await tf.setBackend('cpu');
const BATCH = 32;
const { layers } = tf;

const normalized = (x) => layers.batchNormalization({ epsilon: 1e-3 }).apply(x);
const relu = (x) => layers.reLU().apply(x);
const separable = (x, filters) =>
  normalized(layers.separableConv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }).apply(x));

const input = tf.input({ shape: [48, 48, 1] });
let x = input;
for (let i = 0; i < 2; i++)
  x = relu(normalized(layers.conv2d({ filters: 8, kernelSize: 3, useBias: false }).apply(x)));
for (const filters of [16, 32, 64, 128]) {
  const shortcut = { filters, kernelSize: 1, strides: 2, padding: 'same', useBias: false };
  const residual = normalized(layers.conv2d(shortcut).apply(x));
  x = separable(relu(separable(x, filters)), filters);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x);
  x = layers.add().apply([x, residual]);
}
x = layers.conv2d({ filters: 7, kernelSize: 3, padding: 'same' }).apply(x);
x = layers.softmax().apply(layers.globalAveragePooling2d({}).apply(x));

const model = tf.model({ inputs: input, outputs: x });
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
const pictures = tf.tensor4d(inputs(BATCH), [BATCH, 48, 48, 1]);
const targets = tf.oneHot(tf.range(0, BATCH, 1, 'int32').mod(tf.scalar(7, 'int32')), 7);

// One step takes about a minute, so there is no warm-up, which changes the time by a few per cent.
const once = { warmUpMs: 0, measureMs: 0, minCalls: 1 };
report({ 'tfjs-cpu, step': await measure(() => model.trainOnBatch(pictures, targets), once) });
