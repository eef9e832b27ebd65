import { describe, expect, it } from 'vitest';
import { withTemperature } from '../classify/temperature.js';
import { GraphBuilder, type Symbolic } from '../nn/graph-builder.js';
import { outputsOfGraph, toProbabilityRows, withSoftmax } from './network-outputs.js';

const LOGITS = [2, -1, 0.5];
const powers = LOGITS.map(Math.exp);
const sum = powers.reduce((total, power) => total + power, 0);
const PROBABILITIES = powers.map((power) => power / sum);
const rows = (...values: readonly number[]): Float32Array => Float32Array.from(values);

function networkThatEnds(end: (g: GraphBuilder, x: Symbolic) => Symbolic) {
  const g = new GraphBuilder('net', [4, 4, 1]);
  return g.build(end(g, g.dense(g.flatten(g.input), { units: 3 })));
}

describe('outputsOfGraph', () => {
  it.each([
    ['a softmax', 'probabilities', (g: GraphBuilder, x: Symbolic) => g.softmax(x)],
    ['a softmax and a reshape', 'probabilities', (g: GraphBuilder, x: Symbolic) => g.flatten(g.softmax(x))],
    ['a matrix product', 'logits', (_: GraphBuilder, x: Symbolic) => x],
    ['a scaled product', 'logits', (g: GraphBuilder, x: Symbolic) => g.batchNormalization(x)],
    ['a sigmoid', 'sigmoids', (g: GraphBuilder, x: Symbolic) => g.activation(x, 'sigmoid')],
    ['a ReLU', undefined, (g: GraphBuilder, x: Symbolic) => g.relu(x)],
    [
      'the sum of two softmaxes',
      undefined,
      (g: GraphBuilder, x: Symbolic) => g.batchNormalization(g.add(g.softmax(x), g.softmax(x))),
    ],
  ] as const)('of a network that ends with %s are %s', (_, kind, end) => {
    expect(outputsOfGraph(networkThatEnds(end))).toBe(kind);
  });

  it('are probabilities once a softmax is added', () => {
    const graph = withSoftmax(networkThatEnds((_, x) => x));
    expect(outputsOfGraph(graph)).toBe('probabilities');
    expect(graph.outputs).toEqual(['probabilities']);
  });
});

describe('toProbabilityRows', () => {
  it('takes the softmax of logits, row by row, however large they are', () => {
    const actual = toProbabilityRows(rows(...LOGITS, 1000, 998, 0), 3, 'logits', 'net');
    PROBABILITIES.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 6));
    expect(actual[3]! + actual[4]! + actual[5]!).toBeCloseTo(1, 6);
    expect(actual[3]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });

  it('gives the probabilities of their logarithms, stated or not', () => {
    for (const kind of ['log-probabilities', undefined] as const) {
      const actual = toProbabilityRows(Float32Array.from(PROBABILITIES, Math.log), 3, kind, 'net');
      PROBABILITIES.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 6));
    }
  });

  it('divides sigmoids by their sum, also where all are zero', () => {
    const actual = toProbabilityRows(rows(0.9, 0.6, 0, 0, 0, 0), 3, 'sigmoids', 'net');
    const expected = [0.6, 0.4, 0, 1 / 3, 1 / 3, 1 / 3];
    expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 6));
  });

  it('leaves probabilities as they are, bit for bit', () => {
    const given = rows(0.1, 0.7, 0.2);
    expect(toProbabilityRows(given.slice(), 3, undefined, 'net')).toEqual(given);
  });

  it('evens out what 8-bit arithmetic is off by', () => {
    const actual = toProbabilityRows(rows(0.49, 0.3, 0.2), 3, undefined, 'net');
    expect(actual[0]! + actual[1]! + actual[2]!).toBeCloseTo(1, 6);
  });

  it.each([
    ['probabilities', 'probabilities', [0.6, 0.4005, -0.0005]],
    ['probabilities of 8-bit arithmetic', undefined, [0.6, 0.3805, -0.0005]],
    ['sigmoids', 'sigmoids', [0.9, 0.6, -0.0005]],
  ] as const)(
    'raises what rounding brought below 0, in %s, so that every temperature has its power',
    (_, kind, values) => {
      const actual = toProbabilityRows(rows(...values), 3, kind, 'net');
      expect(actual[2]).toBe(0);
      for (const temperature of [0.5, 0.967, 2.3]) {
        const scaled = withTemperature(actual, 3, temperature);
        expect(scaled.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 6);
        expect(scaled[2]).toBe(0);
      }
    },
  );

  it.each([
    [undefined, [0.9, 0.6, 0.4], 'net: gives 0.9, 0.6, 0.4, which are no probabilities (they sum to 1.9)'],
    [undefined, [2, -1, 0.5], '(--outputs, or outputs in the manifest)'],
    ['probabilities', [2, -1, 0.5], 'though they are stated to be'],
    ['sigmoids', [2, -1, 0.5], 'which are no sigmoids'],
    ['logits', [NaN, 0, 0], 'not finite'],
  ] as const)('refuses, of %s, %s', (kind, values, message) => {
    expect(() => toProbabilityRows(rows(...values), 3, kind, 'net')).toThrow(message);
  });
});
