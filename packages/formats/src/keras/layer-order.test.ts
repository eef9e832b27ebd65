import { miniXception, type Graph, type Layer } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { reorderLayers, toKerasOrder } from './layer-order.js';

const names = (layers: readonly Layer[]): string[] => layers.map(({ name }) => name);

describe("Keras' order of layers", () => {
  it('is that of the published checkpoints', () => {
    // Of the file fer2013_mini_XCEPTION.102-0.66.hdf5, the part around the first residual connection.
    const order = names(toKerasOrder(miniXception()));
    expect(order.slice(7, 16)).toEqual([
      'separable_conv2d_1',
      'batch_normalization_4',
      'activation_3',
      'separable_conv2d_2',
      'batch_normalization_5',
      'conv2d_3',
      'max_pooling2d_1',
      'batch_normalization_3',
      'add_1',
    ]);
    expect(order).toHaveLength(46);
  });

  it('of a chain is the chain, however long', () => {
    const layers: Layer[] = [{ kind: 'input', name: 'l0', inputs: [], shape: [1, 1, 1] }];
    for (let i = 1; i < 9000; i++) {
      layers.push({ kind: 'activation', name: `l${i}`, inputs: [`l${i - 1}`], activation: 'relu' });
    }
    const graph: Graph = { name: 'long', inputShape: [1, 1, 1], layers, outputs: ['l8999'] };
    expect(toKerasOrder(graph)).toEqual(layers);
  });
});

describe('another order', () => {
  const graph = miniXception();

  it('is taken where each layer follows its inputs', () => {
    const order = names(toKerasOrder(graph));
    expect(names(reorderLayers(graph, order).layers)).toEqual(order);
  });

  it('is left where it does not fit', () => {
    const order = names(graph.layers);
    for (const wrong of [
      [],
      order.slice(1),
      [...order].reverse(),
      order.map(() => 'input_1'),
      order.map((name) => `${name}x`),
    ]) {
      expect(reorderLayers(graph, wrong)).toBe(graph);
    }
  });
});
