import { describe, expect, it } from 'vitest';
import { everyKerasLayer } from '../testing/every-keras-layer.js';
import { parseKerasConfig } from './parse-config.js';
import { reorderLayers } from './layer-order.js';
import { toKerasConfig } from './to-config.js';

type Json = Record<string, unknown>;

const parse = (value: unknown, majorVersion = 2) => parseKerasConfig(value, majorVersion, 'a.hdf5');
const input = (shape: unknown = [null, 8, 8, 1]): Json => ({
  class_name: 'InputLayer',
  name: 'in',
  config: { batch_input_shape: shape },
  inbound_nodes: [],
});
const layer = (
  className: string,
  config: Json = {},
  inputs: readonly string[] = ['in'],
  name = 'x',
): Json => ({
  class_name: className,
  name,
  config,
  inbound_nodes: [inputs.map((from) => [from, 0, 0])],
});
const model = (...layers: Json[]): Json => ({
  class_name: 'Model',
  config: {
    name: 'm',
    layers,
    input_layers: [['in', 0, 0]],
    output_layers: [[layers.at(-1)?.['name'], 0, 0]],
  },
});
const sequential = (...layers: Json[]): Json => ({ class_name: 'Sequential', config: layers });

describe('a description', () => {
  it.each([2, 3] as const)('that we write for Keras %i is read as the same network', (generation) => {
    const graph = everyKerasLayer();
    const { config } = toKerasConfig(graph, generation);
    const parsed = parse(JSON.parse(JSON.stringify(config)), generation).graph;
    expect(
      reorderLayers(
        parsed,
        graph.layers.map(({ name }) => name),
      ),
    ).toEqual(graph);
  });

  it('may use the names of Keras 1', () => {
    const { graph } = parse(
      model(
        input(),
        layer(
          'Convolution2D',
          { nb_filter: 4, nb_row: 3, nb_col: 2, subsample: [2, 2], border_mode: 'same', dim_ordering: 'tf', bias: false, W_regularizer: { name: 'WeightRegularizer', l1: 0, l2: 0.5 }, activation: 'relu' }, // prettier-ignore
          ['in'],
          'conv',
        ),
        layer('BatchNormalization', { mode: 0, axis: 3, epsilon: 1e-5, momentum: 0.99 }, ['conv'], 'norm'),
        layer('Merge', { mode: 'sum' }, ['norm', 'conv'], 'sum'),
        layer('Flatten', {}, ['sum'], 'flat'),
        layer('Dropout', { p: 0.5 }, ['flat'], 'drop'),
        layer('Dense', { output_dim: 3, activation: 'softmax', bias: true }, ['drop'], 'dense'),
      ),
      1,
    );
    expect(graph.layers.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'in: input',
      'conv: conv2d',
      'conv_activation: activation',
      'norm: batchNormalization',
      'sum: add',
      'flat: flatten',
      'drop: dropout',
      'dense: dense',
      'dense_activation: activation',
    ]);
    expect(graph.layers[1]).toEqual({ kind: 'conv2d', name: 'conv', inputs: ['in'], filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same', useBias: false, groups: 1, kernelL2: 0.5 }); // prettier-ignore
    expect(graph.outputs).toEqual(['dense_activation']);
  });

  it('may be a row of layers, the first of which knows the shape', () => {
    const rows = [
      {
        class_name: 'Conv2D',
        config: { name: 'conv', batch_input_shape: [null, 8, 8, 3], filters: 2, kernel_size: 3 },
      },
      { class_name: 'GlobalAveragePooling2D', config: { name: 'mean' } },
      { class_name: 'Activation', config: { name: 'act', activation: 'softmax' } },
    ];
    for (const config of [rows, { name: 'row', layers: rows }]) {
      const { graph, layers } = parse({ class_name: 'Sequential', config });
      expect(graph.inputShape).toEqual([8, 8, 3]);
      expect(graph.layers.map(({ name }) => name)).toEqual(['input_1', 'conv', 'mean', 'act']);
      expect(layers.map(({ name }) => name)).toEqual(['conv', 'mean', 'act']);
    }
  });

  it('loses what does nothing in inference', () => {
    const { graph } = parse(
      model(
        input(),
        layer('GaussianNoise', { stddev: 0.1 }, ['in'], 'noise'),
        layer('Activation', { activation: 'linear' }, ['noise'], 'linear'),
        layer('ReLU', {}, ['linear'], 'relu'),
      ),
    );
    expect(graph.layers[1]).toEqual({ kind: 'activation', name: 'relu', inputs: ['in'], activation: 'relu' });
  });

  it('adds more than two one after the other', () => {
    const branches = ['a', 'b', 'c', 'd'];
    const { graph } = parse(
      model(
        input(),
        ...branches.map((name) => layer('ReLU', {}, ['in'], name)),
        layer('Add', {}, branches, 'sum'),
      ),
    );
    expect(graph.layers.slice(5)).toEqual([
      { kind: 'add', name: 'sum_part', inputs: ['a', 'b'] },
      { kind: 'add', name: 'sum_part_2', inputs: ['sum_part', 'c'] },
      { kind: 'add', name: 'sum', inputs: ['sum_part_2', 'd'] },
    ]);
  });

  it('may list its layers in any order', () => {
    const conv = layer('ReLU', {}, ['in'], 'a');
    const config = model(layer('ReLU', {}, ['a'], 'b'), conv, input());
    (config['config'] as Json)['output_layers'] = [['b', 0, 0]];
    expect(parse(config).graph.layers.map(({ name }) => name)).toEqual(['in', 'a', 'b']);
  });
});

describe('names what is not supported', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'a class',
      model(input(), layer('LSTM')),
      /^a\.hdf5: layer "x" \(LSTM\): there is no layer of the class LSTM/,
    ],
    ['an activation', model(input(), layer('Activation', { activation: 'mish' })), /activation is "mish"/],
    [
      'channels first',
      model(input(), layer('MaxPooling2D', { data_format: 'channels_first' })),
      /data_format is "channels_first"/,
    ],
    [
      'Theano order',
      model(input(), layer('Flatten', {}), layer('Conv2D', { dim_ordering: 'th' }, ['x'], 'y')),
      /dim_ordering is "th"/,
    ],
    ['a threshold', model(input(), layer('ReLU', { threshold: 1 })), /a threshold other than 0/],
    [
      'uneven strides',
      model(input(), layer('Conv2D', { filters: 1, kernel_size: 3, strides: [1, 2] })),
      /strides differ \(1, 2\)/,
    ],
    [
      'an axis',
      model(input(), layer('BatchNormalization', { axis: 1 })),
      /axis is 1, supported is the last one/,
    ],
    [
      'a multiplier',
      model(input(), layer('DepthwiseConv2D', { depth_multiplier: 2 })),
      /depth_multiplier is 2/,
    ],
    [
      'any size',
      model(input([null, null, null, 3]), layer('ReLU')),
      /its input is \[null, null, null, 3\]; pictures of a fixed size/,
    ],
    ['a subclassed model', { class_name: 'MyModel', config: {} }, /the model is of the class "MyModel"/],
    [
      'a shared layer',
      model(input(), { ...layer('ReLU'), inbound_nodes: [[['in', 0, 0]], [['x', 0, 0]]] }),
      /is used at 2 places/,
    ],
    [
      'a second output',
      model(input(), { ...layer('ReLU'), inbound_nodes: [[['in', 0, 1]]] }),
      /takes another than the first output of in/,
    ],
  ])('%s', (_, config, message) => {
    const error = catchError(() => parse(config));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });
});

describe('refuses damaged files', () => {
  let deep: unknown = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /^a\.hdf5: expected named values, got null/],
    ['a text', 'model', /expected named values/],
    ['no class', {}, /class_name must be a text, got nothing/],
    ['no layers', { class_name: 'Model', config: {} }, /layers must be a list, got nothing/],
    ['an empty row', sequential(), /the model has no layers/],
    [
      'a nameless layer',
      { class_name: 'Model', config: { layers: [{ class_name: 'ReLU', config: {} }] } },
      /layer 0: name must be a text/,
    ],
    [
      'a layer without settings',
      model(input(), { class_name: 'ReLU', name: 'x', inbound_nodes: [] }),
      /layer "x" \(ReLU\): expected named values, got nothing/,
    ],
    [
      'a missing setting',
      model(input(), layer('Conv2D', { kernel_size: 3 })),
      /filters or nb_filter must be a number, got nothing/,
    ],
    [
      'a wrong setting',
      model(input(), layer('Conv2D', { filters: 'many', kernel_size: 3 })),
      /filters or nb_filter must be a number, got "many"/,
    ],
    [
      'a fraction',
      model(input(), layer('Conv2D', { filters: 1.5, kernel_size: 3 })),
      /filters must be a whole number/,
    ],
    ['a huge kernel', model(input(), layer('Conv2D', { filters: 2e9, kernel_size: 3 })), /layer x/],
    [
      'a loop',
      model(input(), layer('ReLU', {}, ['y'], 'x'), layer('ReLU', {}, ['x'], 'y')),
      /layer "x" takes "y", which does not come before it/,
    ],
    ['an unknown input', model(input(), layer('ReLU', {}, ['nowhere'])), /takes "nowhere"/],
    ['two of a name', model(input(), layer('ReLU'), layer('ReLU')), /two layers are named x/],
    ['no input', model(layer('ReLU', {}, [])), /activation takes 1 inputs, got 0/],
    [
      'shapes that do not fit',
      model(input(), layer('Dense', { units: 3 })),
      /expected an input \[features\]/,
    ],
    ['nothing but depth', deep, /expected named values, got a list of 1/],
    [
      'depth for a setting',
      model(input(), layer('Conv2D', { filters: deep, kernel_size: deep })),
      /got a list of 1/,
    ],
    ['depth for inputs', model(input(), { ...layer('ReLU'), inbound_nodes: deep }), /refers to no layer/],
    [
      'depth for a Keras 3 input',
      model(input(), { ...layer('ReLU'), inbound_nodes: [{ args: deep, kwargs: {} }] }),
      /takes a list of 1/,
    ],
  ])('%s', (_, config, message) => {
    const error = catchError(() => parse(config));
    expect(['MODEL_INVALID', 'UNSUPPORTED']).toContain((error as { code?: string }).code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(600);
  });
});

function catchError(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected an error');
}
