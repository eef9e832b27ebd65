import { describe, expect, it } from 'vitest';
import { createKernels, KERNEL_BUILDS, type KernelBuild } from '../backend/kernels.js';
import { describeGraph } from './describe-graph.js';
import { GraphBuilder, type Symbolic } from './graph-builder.js';
import type { Graph } from './graph.js';
import { miniXception } from './mini-xception.js';
import { createNetwork } from './network.js';
import { elementCount, type Tensor } from './tensor.js';

/** Weights of plausible size from a formula: all different, variances above zero. */
function formulaWeights(graph: Graph): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  let seed = 1;
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape, fanIn } of layer.weights) {
      const spread = name.endsWith('kernel') ? Math.sqrt(3 / fanIn) : 0.3;
      const centre = /gamma|variance/.test(name) ? 1 : 0;
      const data = Float32Array.from({ length: elementCount(shape) }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return centre + spread * ((2 * seed) / 2_147_483_647 - 1);
      });
      weights.set(name, { shape, data });
    }
  }
  return weights;
}

const pictures = (count: number, graph: Graph) =>
  Float32Array.from({ length: count * elementCount(graph.inputShape) }, (_, i) =>
    Math.sin(i * 0.37 + (i % 11)),
  );

describe.each(KERNEL_BUILDS)('a network on the %s build', (build) => {
  const kernels = () => createKernels({ build });

  it('returns rows that sum to 1', async () => {
    const graph = miniXception();
    const network = await createNetwork(graph, formulaWeights(graph), { kernels: await kernels() });
    const output = network.predict(pictures(5, graph), 5);
    for (let row = 0; row < 5; row++) {
      const sum = output.subarray(row * 7, (row + 1) * 7).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 6);
    }
  });

  it('gives the same result for a picture alone and in a batch', async () => {
    const graph = miniXception();
    const network = await createNetwork(graph, formulaWeights(graph), { kernels: await kernels() });
    const inputs = pictures(7, graph);
    const together = network.predict(inputs, 7);
    for (let i = 0; i < 7; i++) {
      const alone = network.predict(inputs.subarray(i * 48 * 48, (i + 1) * 48 * 48), 1);
      expect(alone).toEqual(together.subarray(i * 7, (i + 1) * 7));
    }
  });

  it('returns nothing for no pictures', async () => {
    const graph = miniXception();
    const network = await createNetwork(graph, formulaWeights(graph), { kernels: await kernels() });
    expect(network.predict(new Float32Array(0), 0)).toEqual(new Float32Array(0));
  });

  it('gives the same result with and without a folded normalisation', async () => {
    // After a linear addition, the normalisation cannot be folded into the convolution. The other summand is zero, so both
    // networks are equal.
    const make = (fold: boolean): Graph => {
      const g = new GraphBuilder('fold', [9, 7, 3]);
      const x = g.conv2d(g.input, { filters: 5, kernelSize: [3, 3], padding: 'same', name: 'conv' });
      const zero = g.conv2d(g.input, { filters: 5, kernelSize: [1, 1], name: 'zero' });
      const y = fold
        ? g.add(g.batchNormalization(x, { name: 'bn' }), zero)
        : g.batchNormalization(g.add(x, zero), { name: 'bn' });
      return g.build(g.softmax(g.globalAveragePooling2d(y)));
    };
    const run = async (graph: Graph) => {
      const weights = formulaWeights(make(true));
      weights.get('zero/kernel')?.data.fill(0);
      weights.get('zero/bias')?.data.fill(0);
      return (await createNetwork(graph, weights, { kernels: await kernels() })).predict(
        pictures(1, graph),
        1,
      );
    };
    const [folded, plain] = [await run(make(true)), await run(make(false))];
    for (const [i, value] of folded.entries()) expect(value).toBeCloseTo(plain[i] ?? Number.NaN, 6);
  });

  it.each([
    { size: [9, 7, 8], kernel: 3, strides: 1, padding: 'same' },
    { size: [9, 10, 8], kernel: 3, strides: 1, padding: 'valid' },
    { size: [12, 12, 3], kernel: 5, strides: 2, padding: 'same' },
    { size: [11, 15, 3], kernel: 5, strides: 2, padding: 'valid' },
    { size: [10, 16, 4], kernel: 5, strides: 2, padding: { top: 1, left: 1, bottom: 2, right: 2 } },
  ] as const)(
    'computes $kernel×$kernel, stride $strides, over $size with half the products as it does with all',
    async ({ size, kernel, strides, padding }) => {
      // A convolution with four filters is direct, one with eight uses Winograd.
      const options = { kernelSize: [kernel, kernel], strides, padding } as const;
      const whole = new GraphBuilder('whole', size);
      const wholeGraph = whole.build(whole.conv2d(whole.input, { ...options, filters: 8, name: 'all' }));
      const parts = new GraphBuilder('parts', size);
      const half = (name: string) => parts.conv2d(parts.input, { ...options, filters: 4, name });
      const partsGraph = parts.build(parts.concatenate([half('low'), half('high')], { axis: 2 }));
      const weights = formulaWeights(wholeGraph);
      const slices = new Map<string, Tensor>();
      for (const [name, { shape, data }] of weights) {
        for (const [part, first] of [
          ['low', 0],
          ['high', 4],
        ] as const) {
          const values = data.filter((_, index) => Math.floor((index % 8) / 4) * 4 === first);
          slices.set(name.replace('all', part), { shape: [...shape.slice(0, -1), 4], data: values });
        }
      }
      const run = async (graph: Graph, values: ReadonlyMap<string, Tensor>) =>
        (await createNetwork(graph, values, { kernels: await kernels() })).predict(pictures(2, graph), 2);
      const [quick, plain] = [await run(wholeGraph, weights), await run(partsGraph, slices)];
      expect(quick.length).toBe(plain.length);
      for (const [i, value] of quick.entries())
        expect(Math.abs(value - (plain[i] ?? NaN))).toBeLessThan(5e-6);
    },
  );

  it('gives the same result with pooling fused into an addition', async () => {
    const make = (fused: boolean): Graph => {
      const g = new GraphBuilder('pool', [11, 11, 4]);
      const pooled = g.maxPooling2d(g.input, { poolSize: [3, 3], strides: 2, padding: 'same' });
      const shortcut = g.conv2d(g.input, {
        filters: 4,
        kernelSize: [1, 1],
        strides: 2,
        padding: 'same',
        name: 'c',
      });
      // A ReLU after the addition prevents the fusion; it does not change positive values.
      const sum = g.add(pooled, shortcut);
      return g.build(g.softmax(g.globalAveragePooling2d(fused ? sum : g.relu(sum))));
    };
    const run = async (graph: Graph) => {
      const weights = formulaWeights(graph);
      for (const { data } of weights.values()) data.forEach((value, i) => (data[i] = Math.abs(value)));
      const inputs = pictures(1, graph).map(Math.abs);
      return (await createNetwork(graph, weights, { kernels: await kernels() })).predict(inputs, 1);
    };
    expect(await run(make(true))).toEqual(await run(make(false)));
  });
});

/** Outputs of a graph for two pictures. */
async function runGraph(build: KernelBuild, graph: Graph): Promise<Float32Array> {
  const network = await createNetwork(graph, formulaWeights(graph), {
    kernels: await createKernels({ build }),
  });
  return network.predict(pictures(2, graph), 2);
}

describe.each(KERNEL_BUILDS)('an addition on the %s build', (build) => {
  const pointwise = { filters: 8, kernelSize: [1, 1] } as const;
  const square = { filters: 8, kernelSize: [3, 3], padding: 'same' } as const;

  it.each<[string, (g: GraphBuilder, x: Symbolic) => Symbolic[]]>([
    [
      'onto what a convolution before has read',
      (g, x) => {
        const y = g.conv2d(g.depthwiseConv2d(x, { kernelSize: [3, 3], padding: 'same' }), pointwise);
        return [y, g.relu(g.add(x, y))];
      },
    ],
    [
      'of separable convolutions, in either order',
      (g, x) => {
        const y = g.separableConv2d(x, square);
        const z = g.separableConv2d(x, square);
        return [y, z, g.add(g.add(y, x), z)];
      },
    ],
    [
      'onto what a later layer still reads',
      (g, x) => {
        const y = g.conv2d(x, square);
        const sum = g.add(x, y);
        return [
          y,
          sum,
          g.add(g.relu(sum), g.maxPooling2d(x, { poolSize: [3, 3], strides: 1, padding: 'same' })),
        ];
      },
    ],
    [
      'onto the very input of the convolution',
      (g, x) => {
        const y = g.conv2d(x, pointwise);
        return [y, g.add(x, y)];
      },
    ],
    [
      'of a convolution whose input an addition in between overwrites',
      (g, x) => {
        const early = g.conv2d(x, pointwise);
        const other = g.conv2d(g.relu(x), pointwise);
        const sum = g.add(x, other);
        return [early, other, sum, g.add(g.relu(sum), early)];
      },
    ],
    [
      'onto a reshaped view of what is read later',
      (g, x) => {
        const view = g.reshape(x, { shape: [6, 6, 8] });
        const y = g.conv2d(g.relu(x), pointwise);
        return [y, g.add(g.add(view, y), x)];
      },
    ],
    [
      'of a value and itself',
      (g, x) => {
        const y = g.conv2d(x, pointwise);
        return [y, g.add(y, y)];
      },
    ],
  ])('%s', async (_, make) => {
    // Outputs of the graph are neither fused nor overwritten, so with all layers as outputs nothing is fused.
    const toGraph = (apart: boolean): Graph => {
      const g = new GraphBuilder('sums', [6, 6, 8]);
      const x = g.conv2d(g.input, square);
      const values = make(g, x);
      return g.build(...values.slice(-1), ...(apart ? [x, ...values.slice(0, -1)] : []));
    };
    expect(await runGraph(build, toGraph(false))).toEqual(await runGraph(build, toGraph(true)));
  });
});

describe('createNetwork', () => {
  const graph = miniXception();

  it('names missing, misshapen and non-finite weights', async () => {
    const weights = formulaWeights(graph);
    weights.delete('conv2d_2/kernel');
    await expect(createNetwork(graph, weights)).rejects.toThrow(/conv2d_2\/kernel is missing/);
    weights.set('conv2d_2/kernel', { shape: [3, 3, 8, 9], data: new Float32Array(648) });
    await expect(createNetwork(graph, weights)).rejects.toThrow(/must be \[3, 3, 8, 8\], got \[3, 3, 8, 9\]/);
    weights.set('conv2d_2/kernel', { shape: [3, 3, 8, 8], data: new Float32Array(576).fill(Number.NaN) });
    await expect(createNetwork(graph, weights)).rejects.toThrow(
      /conv2d_2\/kernel holds a value that is no number/,
    );
  });

  it('states the required length of its input', async () => {
    const network = await createNetwork(graph, formulaWeights(graph));
    expect(() => network.predict(new Float32Array(64 * 64), 1)).toThrow(
      /expected 1×48×48×1 inputs, got 4096/,
    );
  });
});
