import { GraphBuilder } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { OnnxWriter } from './onnx-writer.js';
import { findOnnxPicture, outlineOnnx } from './outline-onnx.js';
import { toOnnx } from './to-onnx.js';

describe('outlineOnnx', () => {
  it('says of our own file what went into it', () => {
    const g = new GraphBuilder('small', [6, 5, 3]);
    const graph = g.build(
      g.softmax(g.globalAveragePooling2d(g.conv2d(g.input, { filters: 2, kernelSize: [3, 3] }))),
    );
    const bytes = toOnnx({
      graph,
      weights: makeWeights(graph),
      labels: ['a', 'b'],
      metadata: { epoch: '3' },
    });
    const outline = outlineOnnx(bytes, 'file');
    expect(outline).toMatchObject({
      name: 'small',
      producer: 'mien',
      opset: 13,
      inputs: [{ name: 'input_1', dims: ['N', 3, 6, 5] }],
      isSizeOpen: false,
      labels: ['a', 'b'],
      metadata: { epoch: '3' },
      parameterCount: 3 * 3 * 3 * 2 + 2,
    });
    expect(outline.operators.map(({ name, isKnown }) => [name, isKnown])).toEqual([
      ['Conv', true],
      ['GlobalAveragePool', true],
      ['Flatten', true],
      ['Softmax', true],
    ]);
    expect(findOnnxPicture(bytes, 'file')).toEqual({
      name: 'input_1',
      dims: ['N', 3, 6, 5],
      axes: [2, 3, 1],
      shape: [6, 5, 3],
    });
  });

  it('tells operators that we lack from those that are worked out while reading', () => {
    const w = new OnnxWriter('mixed');
    w.input('x', ['N', 3, 'height', 'width']);
    w.node('Sqrt', 'root', [w.floats([4])]);
    w.node('Mul', 'scaled', ['x', 'root']);
    w.node('Shape', 'shape', ['x']);
    w.node('Gather', 'side', ['shape', w.integers([2])]);
    w.node('Erf', 'bent', ['scaled']);
    w.node('Gather', 'picked', ['bent', w.integers([0])]);
    w.output('picked', ['N']);
    const outline = outlineOnnx(w.finish({}), 'file');
    expect(outline.isSizeOpen).toBe(true);
    expect(outline.operators).toEqual([
      { name: 'Sqrt', count: 1, isKnown: true },
      { name: 'Mul', count: 1, isKnown: true },
      { name: 'Shape', count: 1, isKnown: true },
      { name: 'Gather', count: 2, isKnown: false },
      { name: 'Erf', count: 1, isKnown: false },
    ]);
  });

  it('refuses what is no ONNX file', () => {
    expect(() => outlineOnnx(Uint8Array.of(1, 2, 3), 'file')).toThrow(/^file: /);
  });
});
