import { describe, expect, it } from 'vitest';
import { MienError } from '../errors.js';
import { bigXception } from './big-xception.js';
import { describeGraph } from './describe-graph.js';
import { GraphBuilder } from './graph-builder.js';
import type { Graph } from './graph.js';
import { miniXception } from './mini-xception.js';
import { parseGraph } from './parse-graph.js';
import { residualNetwork, type ResidualNetworkOptions } from './residual-network.js';

describe('mini_Xception', () => {
  it('has the published number of parameters, at any picture size', () => {
    for (const inputShape of [
      [48, 48, 1],
      [64, 64, 1],
    ] as const) {
      const { parameterCount, trainableParameterCount, outputShape } = describeGraph(
        miniXception({ inputShape }),
      );
      expect(parameterCount).toBe(58_423);
      expect(trainableParameterCount).toBe(56_951);
      expect(outputShape).toEqual([7]);
    }
  });

  it('names its layers as Keras does', () => {
    const names = miniXception().layers.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(['input_1', 'conv2d_1', 'batch_normalization_1', 'activation_1']);
    expect(names.slice(-3)).toEqual(['conv2d_7', 'global_average_pooling2d_1', 'predictions']);
    expect(names).toContain('separable_conv2d_8');
    expect(names).toContain('batch_normalization_14');
  });

  it('halves the picture in every module', () => {
    const { layers } = describeGraph(miniXception());
    const shapes = [1, 2, 3, 4].map((module) => layers.get(`add_${module}`)?.outputShape);
    expect(shapes).toEqual([
      [22, 22, 16],
      [11, 11, 32],
      [6, 6, 64],
      [3, 3, 128],
    ]);
  });

  it('costs what its layers cost', () => {
    // 46²·9·8 + 44²·72·8 for the entry alone.
    const { layers, macs } = describeGraph(miniXception());
    expect(layers.get('conv2d_1')?.macs).toBe(152_352);
    expect(layers.get('conv2d_2')?.macs).toBe(1_115_136);
    expect(macs).toBe([...layers.values()].reduce((sum, layer) => sum + layer.macs, 0));
  });
});

describe('big_XCEPTION', () => {
  it('has the published number of parameters, at any picture size', () => {
    for (const side of [48, 64]) {
      const graph = bigXception({ inputShape: [side, side, 1] });
      const { parameterCount, trainableParameterCount, outputShape } = describeGraph(graph);
      expect(parameterCount).toBe(208_871);
      expect(trainableParameterCount).toBe(206_375);
      expect(outputShape).toEqual([7]);
    }
  });

  it('halves the picture at its entry and in both modules', () => {
    const { layers } = describeGraph(bigXception({ inputShape: [64, 64, 1], classes: 2 }));
    const shapes = ['activation_1', 'activation_2', 'add_1', 'add_2', 'predictions'];
    expect(shapes.map((name) => layers.get(name)?.outputShape)).toEqual([
      [31, 31, 32],
      [29, 29, 64],
      [15, 15, 128],
      [8, 8, 256],
      [2],
    ]);
  });
});

describe('a residual network', () => {
  it('has the requested blocks and widths', () => {
    const { layers, parameterCount, macs } = describeGraph(residualNetwork({ widths: [32, 64, 128, 256] }));
    const shapes = [1, 2, 3, 4, 5, 6, 7, 8].map((block) => layers.get(`add_${block}`)?.outputShape);
    expect(shapes).toEqual([
      [24, 24, 32],
      [24, 24, 32],
      [12, 12, 64],
      [12, 12, 64],
      [6, 6, 128],
      [6, 6, 128],
      [3, 3, 256],
      [3, 3, 256],
    ]);
    expect(parameterCount).toBe(2_801_063);
    expect(macs).toBe(78_024_448);
  });

  it('takes one block per stage, dropout and other input sizes', () => {
    const options = { inputShape: [33, 20, 3], classes: 5, widths: [4, 6], blocksPerStage: 1 } as const;
    const graph = residualNetwork({ ...options, dropout: 0.3 });
    expect(describeGraph(graph).outputShape).toEqual([5]);
    expect(graph.layers.filter(({ kind }) => kind === 'add')).toHaveLength(2);
    expect(graph.layers.find(({ kind }) => kind === 'dropout')).toMatchObject({ rate: 0.3 });
  });

  it.each<[string, Partial<ResidualNetworkOptions>, RegExp]>([
    ['no width', { widths: [] }, /expected 1 to 16 widths, got 0/],
    ['a width of 0', { widths: [8, 0] }, /filters must be a whole number of at least 1, got 0/],
    ['no block', { blocksPerStage: 0 }, /expected 1 to 64 blocks a stage, got 0/],
    ['half a block', { blocksPerStage: 1.5 }, /got 1.5/],
    ['dropout of everything', { dropout: 1 }, /rate must be 0 or more and below 1, got 1/],
  ])('refuses %s', (_, options, message) => {
    expect(() => residualNetwork({ widths: [8], ...options })).toThrow(MienError);
    expect(() => residualNetwork({ widths: [8], ...options })).toThrow(message);
  });
});

describe('parseGraph', () => {
  const text = JSON.stringify(miniXception());
  const parse = (edit: (graph: Record<string, unknown> & { layers: Record<string, unknown>[] }) => void) => {
    const graph = JSON.parse(text) as Parameters<typeof edit>[0];
    edit(graph);
    return () => parseGraph(graph, 'model.safetensors');
  };

  it('round-trips through JSON', () => {
    expect(parseGraph(JSON.parse(text), 'x')).toEqual(miniXception());
  });

  it.each<[string, (graph: { layers: Record<string, unknown>[] } & Record<string, unknown>) => void, RegExp]>(
    [
      [
        'an unknown kind',
        (g) => (g.layers[1]!['kind'] = 'lstm'),
        /layers\[1\]: kind "lstm" is not one of input, conv2d/,
      ],
      ['a kind of the prototype', (g) => (g.layers[1]!['kind'] = 'constructor'), /kind "constructor"/],
      [
        'a kernel of the wrong rank',
        (g) => (g.layers[1]!['kernelSize'] = [3]),
        /layers\[1\]\.kernelSize: expected 2/,
      ],
      [
        'a size that is no number',
        (g) => (g.layers[1]!['filters'] = '8'),
        /layers\[1\]\.filters: expected a number/,
      ],
      [
        'a size below one',
        (g) => (g.layers[1]!['filters'] = 0),
        /conv2d_1: filters must be .* at least 1, got 0/,
      ],
      ['a fraction', (g) => (g.layers[1]!['filters'] = 1.5), /filters must be a whole number/],
      [
        'a window larger than its input',
        (g) => (g.layers[1]!['kernelSize'] = [49, 49]),
        /does not fit into 48×48/,
      ],
      [
        'a layer that takes a later one',
        (g) => (g.layers[1]!['inputs'] = ['conv2d_7']),
        /takes conv2d_7, which no earlier/,
      ],
      ['two layers of one name', (g) => (g.layers[2]!['name'] = 'conv2d_1'), /two layers are named conv2d_1/],
      ['a missing input layer', (g) => g.layers.shift(), /the first layer must be the input/],
      ['no layers', (g) => (g.layers = []), /the first layer must be the input/],
      ['layers that are no list', (g) => (g.layers = {} as never), /layers: expected a list/],
      ['an input shape of its own', (g) => (g['inputShape'] = [64, 64, 1]), /differs from the input layer's/],
      ['a picture of a petabyte', (g) => (g.layers[0]!['shape'] = [1e9, 1e9, 1]), /dimension 0 must be/],
      ['weights of a petabyte', (g) => (g.layers[1]!['filters'] = 2 ** 26), /too large|parameters/],
    ],
  )('refuses %s', (_, edit, message) => {
    expect(parse(edit)).toThrow(MienError);
    expect(parse(edit)).toThrow(message);
    expect(parse(edit)).toThrow(/^model\.safetensors: /);
  });

  it.each([null, undefined, 7, 'x', [], { layers: null }])('refuses %j', (value) => {
    expect(() => parseGraph(value, 'x')).toThrow(MienError);
  });
});

describe('GraphBuilder', () => {
  it('rejects a layer whose output is unused', () => {
    const g = new GraphBuilder('loose', [8, 8, 1]);
    g.conv2d(g.input, { filters: 2, kernelSize: [3, 3], name: 'loose_end' });
    const output = g.softmax(g.globalAveragePooling2d(g.input));
    expect(() => g.build(output)).toThrow(/nothing takes the output of layer loose_end/);
  });

  it('rejects the addition of different shapes', () => {
    const g = new GraphBuilder('unlike', [8, 8, 2]);
    const x = g.conv2d(g.input, { filters: 2, kernelSize: [3, 3] });
    const sum = g.add(x, g.input);
    expect((): Graph => g.build(sum)).toThrow(/add_1: cannot add \[6, 6, 2\] and \[8, 8, 2\]/);
  });
});
