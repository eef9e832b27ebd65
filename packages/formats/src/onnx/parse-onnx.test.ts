import { createNetwork, describeGraph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/largest-difference.js';
import { fileOf, ONNX_CASES, PICTURE, weight } from '../testing/onnx-cases.js';
import { ONNX_RUNTIME_MISSING, runOnnxRuntime } from '../testing/onnx-runtime.js';
import { createUniform, toChannelsFirst } from '../testing/synthetic-numbers.js';
import { OnnxWriter } from './onnx-writer.js';
import { parseOnnx } from './parse-onnx.js';

describe.each(Object.entries(ONNX_CASES))('%s', (_, example) => {
  it.skipIf(ONNX_RUNTIME_MISSING !== undefined)('is what onnxruntime makes of it', async () => {
    const file = fileOf(example);
    const { graph, weights } = parseOnnx(file, 'case.onnx');
    const pixels = Float32Array.from({ length: graph.inputShape.reduce((a, b) => a * b) }, createUniform(5));
    const [ours = new Float32Array()] = (await createNetwork(graph, weights)).run(pixels, 1);
    const fed = example.dims[3] === 3 ? pixels : toChannelsFirst(pixels, graph.inputShape);
    const sides = example.dims.map((side) => (typeof side === 'string' ? 1 : side));
    const theirs = (await runOnnxRuntime(file, fed, sides)).get('y')!;
    const shape = describeGraph(graph).outputShape;
    const [height = 1, width = 1, channels = 1] = shape;
    const isPicture = theirs.dims.length === 4;
    expect(theirs.dims.slice(1)).toEqual(isPicture ? [channels, height, width] : shape);
    expect(
      largestDifference(isPicture ? toChannelsFirst(ours, [height, width, channels]) : ours, theirs.data),
    ).toBeLessThan(1e-4);
  });
});

it('makes an offset after a matrix its bias, unless the product is needed as it is', () => {
  const w = new OnnxWriter('offsets');
  w.input('x', PICTURE);
  w.node('Conv', 'c', ['x', weight(w, 'wc', [4, 3, 1, 1])]);
  w.node('Add', 'd', ['c', weight(w, 'bc', [4, 1, 1])]);
  w.node('Conv', 'e', ['d', weight(w, 'we', [4, 4, 1, 1])]);
  w.node('Add', 'f', ['e', weight(w, 'be', [1, 4, 1, 1])]);
  w.node('Mul', 'y', ['f', 'e']);
  w.output('y', ['?']);
  const { graph, weights } = parseOnnx(w.finish({}), 'offsets.onnx');
  expect(graph.layers.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'input x',
    'conv2d c',
    'conv2d e',
    'batchNormalization f',
    'multiply y',
  ]);
  expect(graph.layers[1]).toMatchObject({ useBias: true });
  expect(graph.layers[2]).toMatchObject({ useBias: false, inputs: ['c'] });
  expect(weights.get('c/bias')?.shape).toEqual([4]);
});

it('gives outputs their names, whatever else is called so', () => {
  const w = new OnnxWriter('names');
  w.input('x', PICTURE);
  w.node('Relu', 'y', ['x'], {}, { name: 'z' });
  w.node('Sigmoid', 'z', ['y'], {}, { name: 'y' });
  w.node('Identity', 'y_2', ['z']);
  w.node('Tanh', 'w', ['y'], {}, { name: 'y_2' });
  for (const name of ['z', 'y', 'y_2', 'x', 'w']) w.output(name, ['?']);
  const { graph } = parseOnnx(w.finish({}), 'names.onnx');
  expect(graph.outputs).toEqual(['z', 'y', 'y_2', 'x', 'w']);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  expect(byName.size).toBe(graph.layers.length);
  expect(byName.get('y')).toMatchObject({ kind: 'activation', activation: 'relu' });
  expect(byName.get('z')).toMatchObject({ activation: 'sigmoid', inputs: ['y'] });
  expect(byName.get('y_2')).toMatchObject({ kind: 'reshape', inputs: ['z'] });
  expect(byName.get('w')).toMatchObject({ activation: 'tanh', inputs: ['y'] });
  expect(byName.get('x')).toMatchObject({ kind: 'reshape' });
});
