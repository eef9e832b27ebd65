/** TensorFlow.js models: written and read, and graphs of operators made by hand. */
import { MienError } from '@mien/core';
import { createNetwork, GraphBuilder, miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { mutationsOf } from '../testing/mutations.js';
import { sequentialConfig } from '../testing/keras-file.js';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { listShards } from './manifest.js';
import { parseTensorflowJs } from './parse-tfjs.js';
import { toTensorflowJs } from './to-tfjs.js';

const uniform = createUniform(13);
const parse = (json: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(json));
const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('a layers-model', () => {
  const graph = miniXception();
  const weights = makeWeights(graph, 3);
  const labels = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];

  it('is read as it was written, with its labels and input', async () => {
    const { json, shards } = toTensorflowJs({ graph, weights, labels, inputRange: [-1, 1] });
    const model = parse(json);
    expect(listShards(model, 'model.json')).toEqual(['group1-shard1of1.bin']);
    const read = parseTensorflowJs(model, shards, 'model.json');
    expect(read).toMatchObject({ labels, inputRange: [-1, 1] });
    const picture = Float32Array.from({ length: 48 * 48 }, () => uniform());
    const expected = (await createNetwork(graph, weights)).predict(picture, 1);
    expect((await createNetwork(read.graph, read.weights)).predict(picture, 1)).toEqual(expected);
  });

  it('keeps weights of a few bits, which have a scale and a lowest value', () => {
    const layers = [{ className: 'Flatten', name: 'flat' }, { className: 'Dense', name: 'out', config: { units: 2, use_bias: false } }]; // prettier-ignore
    const model = {
      format: 'layers-model',
      modelTopology: { model_config: sequentialConfig([1, 2, 1], layers) },
      weightsManifest: [
        {
          paths: ['a.bin', 'b.bin'],
          weights: [
            {
              name: 'out/kernel',
              shape: [2, 2],
              dtype: 'float32',
              quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
            },
          ],
        },
      ],
    };
    const shards = new Map([
      ['a.bin', Uint8Array.of(0, 2)],
      ['b.bin', Uint8Array.of(4, 255)],
    ]);
    const { weights: read } = parseTensorflowJs(model, shards, 'model.json');
    expect([...read.get('out/kernel')!.data]).toEqual([-1, 0, 1, 126.5]);
    expect(() => parseTensorflowJs(model, new Map([['a.bin', new Uint8Array(2)]]), 'model.json')).toThrow(
      'model.json: its weights lie in "b.bin", which was not given',
    );
    expect(() =>
      parseTensorflowJs(model, new Map([...shards, ['b.bin', new Uint8Array(1)]]), 'model.json'),
    ).toThrow('its files hold 3 bytes, too few for "out/kernel"');
  });

  it('does not crash when damaged', () => {
    const small = new GraphBuilder('small', [6, 6, 1]);
    const net = small.build(
      small.softmax(small.dense(small.flatten(small.activation(small.input, 'elu')), { units: 3 })),
    );
    const { json, shards } = toTensorflowJs({ graph: net, weights: makeWeights(net, 1) });
    for (const bytes of mutationsOf(json, 300, 5)) {
      try {
        parseTensorflowJs(parse(bytes), shards, 'model.json');
      } catch (error) {
        if (!(error instanceof MienError || error instanceof SyntaxError)) throw error;
      }
    }
  });
});

describe('a graph-model', () => {
  const text = (value: string) => ({ s: btoa(value) });
  const list = (...values: readonly number[]) => ({ list: { i: values.map(String) } });
  const shape = (...sides: readonly number[]) => ({
    shape: { dim: sides.map((size) => ({ size: String(size) })) },
  });
  const kernel = Float32Array.from({ length: 2 * 2 * 1 * 3 }, uniform);
  const bias = Float32Array.of(0.1, -0.2, 0.3);
  const matrix = Float32Array.from({ length: 12 * 2 }, uniform);
  const nodes = [
    { name: 'probs', op: 'Softmax', input: ['product'] },
    {
      name: 'product',
      op: '_FusedMatMul',
      input: ['flat', 'matrix', 'offsets'],
      attr: { fused_ops: { list: { s: [btoa('BiasAdd')] } } },
    },
    { name: 'flat', op: 'Reshape', input: ['conv', 'flat/shape'] },
    { name: 'flat/shape', op: 'Pack', input: ['batch', 'rest'] },
    {
      name: 'batch',
      op: 'StridedSlice',
      input: ['size', 'zero', 'one', 'one'],
      attr: { shrink_axis_mask: { i: '1' } },
    },
    { name: 'size', op: 'Shape', input: ['conv'] },
    { name: 'conv', op: '_FusedConv2D', input: ['x', 'kernel', 'bias'], attr: { strides: list(1, 1, 1, 1), padding: text('VALID'), data_format: text('NHWC'), dilations: list(1, 1, 1, 1), fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Relu')] } } } }, // prettier-ignore
    { name: 'x', op: 'Placeholder', attr: { shape: shape(-1, 3, 3, 1) } },
    ...['kernel', 'bias', 'matrix', 'offsets', 'zero', 'one', 'rest'].map((name) => ({ name, op: 'Const' })),
  ];
  const entries: readonly [string, readonly number[], Float32Array | Int32Array][] = [
    ['kernel', [2, 2, 1, 3], kernel],
    ['bias', [3], bias],
    ['matrix', [12, 2], matrix],
    ['offsets', [2], Float32Array.of(0.5, -0.5)],
    ['zero', [1], Int32Array.of(0)],
    ['one', [1], Int32Array.of(1)],
    ['rest', [], Int32Array.of(-1)],
  ];
  const shard = new Uint8Array(entries.reduce((sum, [, , { byteLength }]) => sum + byteLength, 0));
  let offset = 0;
  for (const [, , values] of entries) {
    shard.set(bytesOf(values), offset);
    offset += values.byteLength;
  }
  const model = (changed: readonly object[] = nodes): unknown => ({
    format: 'graph-model',
    modelTopology: { node: changed },
    weightsManifest: [
      {
        paths: ['s.bin'],
        weights: entries.map(([name, sides, values]) => ({
          name,
          shape: sides,
          dtype: values instanceof Int32Array ? 'int32' : 'float32',
        })),
      },
    ],
  });
  const shards = new Map([['s.bin', shard]]);

  it('is its operators, whatever their order', async () => {
    const { graph, weights } = parseTensorflowJs(model(), shards, 'model.json');
    expect(graph.inputShape).toEqual([3, 3, 1]);
    const picture = Float32Array.from({ length: 9 }, () => uniform());
    const features: number[] = [];
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 2; column++) {
        for (let filter = 0; filter < 3; filter++) {
          let sum = bias[filter]!;
          for (const [y, x] of [
            [0, 0],
            [0, 1],
            [1, 0],
            [1, 1],
          ] as const) {
            sum += picture[(row + y) * 3 + column + x]! * kernel[(y * 2 + x) * 3 + filter]!;
          }
          features.push(Math.max(sum, 0));
        }
      }
    }
    const logits = [0, 1].map((unit) => features.reduce((sum, value, at) => sum + value * matrix[at * 2 + unit]!, unit === 0 ? 0.5 : -0.5)); // prettier-ignore
    const first = 1 / (1 + Math.exp(logits[1]! - logits[0]!));
    const actual = (await createNetwork(graph, weights)).predict(picture, 1);
    expect(actual[0]).toBeCloseTo(first, 5);
    expect(actual[1]).toBeCloseTo(1 - first, 5);
  });

  it.each<[string, readonly object[], string]>([
    [
      'an operator that we lack',
      [{ name: 'probs', op: 'Erfc', input: ['x'] }, ...nodes.slice(7)],
      'operator Erfc "probs": this operator cannot be read',
    ],
    [
      'a circle',
      [{ name: 'a', op: 'Relu', input: ['b'] }, { name: 'b', op: 'Relu', input: ['a'] }, ...nodes],
      'the operators take each other in a circle',
    ],
    [
      'a value that is not there',
      [{ name: 'probs', op: 'Relu', input: ['nothing'] }, ...nodes.slice(7)],
      'takes "nothing", which there is not',
    ],
  ])('with %s is refused', (_, changed, message) => {
    expect(() => parseTensorflowJs(model(changed), shards, 'model.json')).toThrow(message);
  });
});
