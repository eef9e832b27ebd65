import { bigXception, miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { LAYER_HEIGHT, LAYER_WIDTH, layOutLayers, type LayerToPlace } from './lay-out-layers.js';

const dense: LayerToPlace[] = Array.from({ length: 12 }, (_, index) => ({
  name: `layer ${index}`,
  inputs: Array.from({ length: index }, (_unused, before) => `layer ${before}`),
}));

describe.each<[string, readonly LayerToPlace[]]>([
  ['mini_Xception', miniXception().layers],
  ['big_Xception', bigXception().layers],
  ['a densely connected network', dense],
])('the layout of %s', (_, layers) => {
  const { corners, wires, width, height } = layOutLayers(layers);
  const at = (name: string) => corners.get(name)!;

  it('places every layer within the drawing, below its inputs, and over no other one', () => {
    expect(corners.size).toBe(layers.length);
    for (const { name, inputs } of layers) {
      const { x, y } = at(name);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + LAYER_WIDTH).toBeLessThanOrEqual(width + 1e-6);
      expect(y + LAYER_HEIGHT).toBeLessThanOrEqual(height);
      for (const input of inputs) expect(at(input).y + LAYER_HEIGHT).toBeLessThan(y);
    }
    for (const row of new Set([...corners.values()].map(({ y }) => y))) {
      const lefts = [...corners.values()].flatMap(({ x, y }) => (y === row ? [x] : [])).sort((a, b) => a - b);
      lefts.slice(1).forEach((left, index) => expect(left - lefts[index]!).toBeGreaterThan(LAYER_WIDTH));
    }
  });

  it('has a wire for every connection, which crosses no layer', () => {
    expect(wires.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(
      layers.flatMap(({ name, inputs }) => inputs.map((input) => `${input} ${name}`)).sort(),
    );
    for (const { points } of wires) {
      for (const { x, y } of points.slice(1, -1)) {
        const hit = [...corners.values()].find(
          (corner) =>
            corner.x <= x && x <= corner.x + LAYER_WIDTH && corner.y <= y && y <= corner.y + LAYER_HEIGHT,
        );
        expect(hit).toBeUndefined();
      }
    }
  });
});

it('puts the branches of a residual block side by side', () => {
  const { corners } = layOutLayers([
    { name: 'in', inputs: [] },
    { name: 'conv 1', inputs: ['in'] },
    { name: 'conv 2', inputs: ['conv 1'] },
    { name: 'shortcut', inputs: ['in'] },
    { name: 'add', inputs: ['conv 2', 'shortcut'] },
  ]);
  expect(corners.get('conv 1')?.y).toBe(corners.get('shortcut')?.y);
  expect(corners.get('conv 1')?.x).not.toBe(corners.get('shortcut')?.x);
});
