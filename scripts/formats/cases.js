// Model files of every kind that people bring, each made here: what docs/FORMATS.md lists, and `formats.test.ts` reads.
// @ts-check
import { GraphBuilder } from '@mien/core/nn';
import {
  toKerasArchive,
  toKerasHdf5,
  toModelSafetensors,
  toOnnx,
  toTensorflowJs,
  toTflite,
} from '@mien/formats';
import { zipSync } from 'fflate';

/**
 * @typedef {object} Made
 * @property {string} path
 * @property {Uint8Array} bytes
 * @property {Record<string, Uint8Array>} [beside]
 *
 * @typedef {object} FormatCase
 * @property {string} format
 * @property {string} what
 * @property {boolean} isRead
 * @property {() => Made | Promise<Made>} make
 */

const g = new GraphBuilder('small', [6, 6, 1]);
const graph = g.build(g.softmax(g.dense(g.flatten(g.input), { units: 3 })));
const weights = new Map([
  ['dense_1/kernel', { shape: [36, 3], data: new Float32Array(108).fill(0.1) }],
  ['dense_1/bias', { shape: [3], data: new Float32Array(3) }],
]);
const model = { graph, weights };
const text = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));

/** A Keras description as TensorFlow.js carries it, of layers without weights. */
const kerasLayers = (/** @type {readonly object[]} */ ...layers) => ({
  path: 'model.json',
  bytes: text({
    modelTopology: {
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'net',
          layers: [
            { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 6, 6, 1] } },
            ...layers,
          ],
        },
      },
    },
    weightsManifest: [{ paths: [], weights: [] }],
  }),
});
const layer = (/** @type {string} */ className, config = {}) => ({
  class_name: className,
  config: { name: 'layer', ...config },
});
const keras = (/** @type {string} */ what, /** @type {object[]} */ ...layers) => ({
  format: 'Keras layers',
  what,
  isRead: true,
  make: () => kerasLayers(...layers),
});
const refused = (/** @type {string} */ what, /** @type {object[]} */ ...layers) => ({
  ...keras(what, ...layers),
  isRead: false,
});
const graphModel = (/** @type {string} */ op) => ({
  path: 'model.json',
  bytes: text({
    format: 'graph-model',
    modelTopology: {
      node: [
        {
          name: 'x',
          op: 'Placeholder',
          attr: { shape: { shape: { dim: [-1, 6, 6, 1].map((size) => ({ size })) } } },
        },
        { name: 'y', op, input: ['x'] },
      ],
    },
    weightsManifest: [{ paths: [], weights: [] }],
  }),
});

/** @type {readonly FormatCase[]} */
export const FORMAT_CASES = [
  {
    format: 'Keras 1, 2',
    what: '.h5, .hdf5: the whole model (`model.save`)',
    isRead: true,
    make: async () => ({ path: 'model.h5', bytes: await toKerasHdf5(model) }),
  },
  {
    format: 'Keras 3',
    what: '.keras',
    isRead: true,
    make: async () => ({ path: 'model.keras', bytes: await toKerasArchive(model) }),
  },
  {
    format: 'Keras 3',
    what: 'a .keras file that is HDF5 inside: the bytes tell',
    isRead: true,
    make: async () => ({ path: 'model.keras', bytes: await toKerasHdf5(model) }),
  },
  {
    format: 'Keras',
    what: 'a description (`to_json`) without its file of weights',
    isRead: false,
    make: () => ({ path: 'model.json', bytes: text({ class_name: 'Sequential', config: { layers: [] } }) }),
  },
  keras(
    'LeakyReLU, ELU, PReLU, ReLU with a slope or a bound',
    layer('LeakyReLU'),
    { ...layer('ELU'), config: { name: 'b' } },
    { class_name: 'ReLU', config: { name: 'c', negative_slope: 0.1, max_value: 6 } },
  ),
  ...['elu', 'selu', 'swish', 'gelu', 'hard_sigmoid', 'leaky_relu'].map((activation) =>
    keras(`the activation ${activation}`, layer('Activation', { activation })),
  ),
  keras('Rescaling, Normalization', layer('Rescaling', { scale: 0.1 }), {
    class_name: 'Normalization',
    config: { name: 'n', mean: 0.5, variance: 2 },
  }),
  keras('RandomFlip and the other Random… layers, noise, dropout: nothing in use', layer('RandomFlip')),
  keras(
    'GlobalMaxPooling2D, UpSampling2D, Reshape with −1',
    layer('UpSampling2D'),
    { class_name: 'Reshape', config: { name: 'r', target_shape: [-1, 12, 1] } },
    { class_name: 'GlobalMaxPooling2D', config: { name: 'p' } },
  ),
  keras('a model inside a model', {
    class_name: 'Sequential',
    config: { name: 'inner', layers: [layer('ReLU')] },
  }),
  refused('the activation mish', layer('Activation', { activation: 'mish' })),
  refused('LSTM, Lambda and other classes', layer('Lambda')),
  refused('ReLU with a threshold', layer('ReLU', { threshold: 1 })),
  refused('pictures of any size', {
    class_name: 'InputLayer',
    config: { name: 'other', batch_input_shape: [null, null, null, 3] },
  }),
  {
    format: 'ONNX',
    what: '.onnx, operator sets from 7 on',
    isRead: true,
    make: () => ({ path: 'model.onnx', bytes: toOnnx(model) }),
  },
  {
    format: 'TFLite',
    what: '.tflite in float32',
    isRead: true,
    make: () => ({ path: 'model.tflite', bytes: toTflite(model) }),
  },
  {
    format: 'TFLite',
    what: '.tflite in float16',
    isRead: true,
    make: () => ({ path: 'model.tflite', bytes: toTflite(model, { dtype: 'F16' }) }),
  },
  {
    format: 'TensorFlow.js',
    what: 'layers-model: `model.json` and its shards',
    isRead: true,
    make: () => {
      const { json, shards } = toTensorflowJs(model);
      return { path: 'model.json', bytes: json, beside: Object.fromEntries(shards) };
    },
  },
  {
    format: 'TensorFlow.js',
    what: '`model.json` without its shards',
    isRead: false,
    make: () => ({ path: 'model.json', bytes: toTensorflowJs(model).json }),
  },
  {
    format: 'TensorFlow.js',
    what: 'graph-model: the operators of networks for pictures',
    isRead: true,
    make: () => graphModel('Relu'),
  },
  {
    format: 'TensorFlow.js',
    what: 'graph-model with another operator',
    isRead: false,
    make: () => graphModel('Where'),
  },
  {
    format: 'safetensors',
    what: "Mien's own, with the network in its metadata",
    isRead: true,
    make: () => ({ path: 'model.safetensors', bytes: toModelSafetensors(model) }),
  },
  {
    format: 'PyTorch',
    what: '.pt, .pth: a state_dict, a pickled or scripted model',
    isRead: false,
    make: () => ({ path: 'model.pt', bytes: zipSync({ 'archive/data.pkl': Uint8Array.of(1) }) }),
  },
  {
    format: 'anything else',
    what: 'a file of none of these',
    isRead: false,
    make: () => ({ path: 'notes.txt', bytes: new TextEncoder().encode('notes') }),
  },
];

/** Reads a case; what `importModelFile` says of it. @param {FormatCase} one @param {typeof import('@mien/formats/model-file').importModelFile} read */
export async function outcomeOf({ make }, read) {
  const { path, bytes, beside = {} } = await make();
  const files = {
    readBeside: async (/** @type {string} */ name) => beside[name],
    listBeside: async () => Object.keys(beside),
  };
  try {
    await read({ path, bytes, ...files });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
