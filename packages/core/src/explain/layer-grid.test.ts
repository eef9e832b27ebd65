import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../nn/graph-builder.js';
import { createLayerProbe } from '../nn/layer-probe.js';
import { miniXception } from '../nn/mini-xception.js';
import { describeGraph } from '../nn/describe-graph.js';
import { elementCount, type Tensor } from '../nn/tensor.js';
import { layerGrids } from './layer-grid.js';
import { explainableLayers } from './choose-layer.js';
import { spreadOverPicture } from './spread-over-picture.js';

describe('layerGrids', () => {
  it('places the pixels of a layer where a bright pixel of the picture reaches them', async () => {
    const g = new GraphBuilder('windows', [20, 17, 1]);
    const valid = g.conv2d(g.input, { filters: 1, kernelSize: [5, 5] });
    const same = g.averagePooling2d(valid, { poolSize: [3, 3], strides: 2, padding: 'same' });
    const padded = g.zeroPadding2d(same, { padding: { top: 2, left: 1, bottom: 0, right: 0 } });
    const up = g.resize2d(padded, { size: [20, 16], interpolation: 'bilinear' });
    const graph = g.build(g.softmax(g.dense(g.flatten(up), { units: 2 })));
    const weights = new Map<string, Tensor>(
      [...describeGraph(graph).layers.values()].flatMap(({ weights: all }) =>
        all.map(
          ({ name, shape }) =>
            [name, { shape, data: new Float32Array(elementCount(shape)).fill(1) }] as const,
        ),
      ),
    );
    const grids = layerGrids(graph);
    const [row, column] = [11, 8];
    const input = new Float32Array(20 * 17);
    input[row * 17 + column] = 1;
    for (const name of [same.name, padded.name, up.name]) {
      const probe = await createLayerProbe(graph, weights, name);
      const { values } = probe.read(input, 0);
      const { rows, columns } = grids.get(name)!;
      // The values' centre of mass, less what the biases of one add.
      const still = probe.read(new Float32Array(20 * 17), 0).values;
      let [sum, y, x] = [0, 0, 0];
      values.forEach((value, at) => {
        const mass = value - still[at]!;
        sum += mass;
        y += mass * (rows.offset + rows.step * Math.floor(at / columns.length));
        x += mass * (columns.offset + columns.step * (at % columns.length));
      });
      expect(sum, name).toBeGreaterThan(0);
      expect(Math.abs(y / sum - row), name).toBeLessThan(0.6);
      expect(Math.abs(x / sum - column), name).toBeLessThan(0.6);
    }
  });

  it('gives mini_Xception seven sizes of maps', () => {
    const sizes = explainableLayers(miniXception()).map(({ grid }) => grid.rows.length);
    expect(sizes).toEqual([48, 46, 44, 22, 11, 6, 3]);
  });
});

describe('spreadOverPicture', () => {
  it('keeps a ramp, and goes on as at the edge', () => {
    const axis = { length: 3, offset: 1, step: 2 };
    const map = Float32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2);
    const picture = spreadOverPicture(map, { rows: axis, columns: axis }, { height: 8, width: 1 });
    expect([...picture]).toEqual([0, 0, 0.5, 1, 1.5, 2, 2, 2]);
  });
});
