import { toSafetensors } from '@mien/core';
import { GraphBuilder, type Graph, type Tensor } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { parseModelSafetensors, toModelSafetensors } from './model-safetensors.js';

function smallGraph(): Graph {
  const g = new GraphBuilder('small', [6, 6, 1]);
  const x = g.clip(g.conv2d(g.input, { filters: 2, kernelSize: [3, 3] }), { min: -Infinity, max: 4 });
  return g.build(g.softmax(g.globalAveragePooling2d(x)));
}

const graph = smallGraph();
const weights = makeWeights(graph);

describe('a model as safetensors', () => {
  it('comes back whole, with what is known beside it', () => {
    const furtherTensors = new Map<string, Tensor>([
      ['optimizer/sgd/velocity/x', { shape: [2], data: Float32Array.of(1, 2) }],
    ]);
    const known = {
      labels: ['no', 'yes'],
      inputRange: [0, 1],
      crop: { scale: 2, offsetX: 0, offsetY: 0 },
      metadata: { epoch: '3' },
    } as const;
    const model = { graph, weights, furtherTensors, ...known };
    expect(parseModelSafetensors(toModelSafetensors(model), 'file')).toEqual(model);
  });

  it('comes back without what was not given', () => {
    const read = parseModelSafetensors(toModelSafetensors({ graph, weights }), 'file');
    expect(read).toEqual({ graph, weights, metadata: {}, furtherTensors: new Map() });
  });

  it('holds halves, and refuses what they cannot hold', () => {
    const half = toModelSafetensors({ graph, weights }, 'F16');
    const kernel = parseModelSafetensors(half, 'file').weights.get('conv2d_1/kernel');
    const exact = weights.get('conv2d_1/kernel')?.data ?? new Float32Array();
    kernel?.data.forEach((value, index) => {
      expect(Math.abs(value - (exact[index] ?? NaN))).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
    });
    const large = new Map([
      ...weights,
      ['conv2d_1/bias', { shape: [2], data: Float32Array.of(1, -7e4) }] as const,
    ]);
    expect(() => toModelSafetensors({ graph, weights: large }, 'F16')).toThrow(
      'weights: conv2d_1/bias holds -70000, more than float16 can (65504)',
    );
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no graph', {}, /^file: its metadata has no "graph"/],
    ['a graph that is no JSON', { graph: '{' }, /^file: its metadata "graph" is not JSON/],
    ['a graph that is none', { graph: '{}' }, /^file: not a readable network description/],
    ['a graph without its weights', { graph: JSON.stringify(graph) }, /^file: weights: .* is missing/],
  ])('is refused with %s', (_, metadata, message) => {
    expect(() => parseModelSafetensors(toSafetensors(new Map(), metadata), 'file')).toThrow(message);
  });
});
