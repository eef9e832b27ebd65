import { describe, expect, it } from 'vitest';
import { createPredictor } from '../classify/create-predictor.js';
import { FER2013_CROP } from '../model/manifest.js';
import { createModel } from '../model/load-model.js';
import type { ExternalModel } from '../model/model.js';
import { GraphBuilder } from '../nn/graph-builder.js';
import type { Tensor } from '../nn/tensor.js';
import { explainableLayers } from './choose-layer.js';
import { createExplainer, type Explanation } from './explainer.js';

const SIDE = 24;
const LABELS = ['left', 'right'] as const;

/**
 * A network that finds bright spots: one filter passes what is bright, and a dense layer says `left` or `right` by the
 * half that holds it.
 */
async function spotFinder() {
  const g = new GraphBuilder('spots', [SIDE, SIDE, 1]);
  const bright = g.relu(g.conv2d(g.input, { filters: 1, kernelSize: [3, 3], padding: 'same' }));
  const pooled = g.maxPooling2d(bright, { poolSize: [2, 2] });
  const graph = g.build(g.softmax(g.dense(g.flatten(pooled), { units: 2 })));
  const half = SIDE / 2;
  const [conv, dense] = graph.layers
    .filter(({ kind }) => kind === 'conv2d' || kind === 'dense')
    .map(({ name }) => name);
  const kernel = new Float32Array(9);
  kernel[4] = 1;
  const weights = new Map<string, Tensor>([
    [`${conv}/kernel`, { shape: [3, 3, 1, 1], data: kernel }],
    [`${conv}/bias`, { shape: [1], data: Float32Array.of(-0.2) }],
    [
      `${dense}/kernel`,
      {
        shape: [half * half, 2],
        data: Float32Array.from({ length: half * half * 2 }, (_, at) =>
          Math.floor(at / 2) % half < half / 2 === (at % 2 === 0) ? 1 : -1,
        ),
      },
    ],
    [`${dense}/bias`, { shape: [2], data: new Float32Array(2) }],
  ]);
  return createModel({
    manifest: undefined,
    bytes: new Uint8Array(1),
    id: 'spots',
    source: 'spots',
    crop: FER2013_CROP,
    graph,
    weights,
    labels: LABELS,
    inputRange: [0, 1],
  });
}

/** Bright pixels by their places, on black. */
function spots(...places: readonly (readonly [row: number, column: number])[]): Float32Array {
  const crop = new Float32Array(SIDE * SIDE);
  for (const [row, column] of places) crop[row * SIDE + column] = 1;
  return crop;
}

function hottestPlace({ heat, width }: Explanation): readonly [row: number, column: number] {
  const at = heat.indexOf(Math.max(...heat));
  return [Math.floor(at / width), at % width];
}

function expectNear(place: readonly [number, number], expected: readonly [number, number], within = 2): void {
  expect(Math.hypot(place[0] - expected[0], place[1] - expected[1])).toBeLessThanOrEqual(within);
}

describe('createExplainer', () => {
  it('is hottest where the network finds what speaks for the expression', async () => {
    const explainer = await createExplainer(await spotFinder());
    const crop = spots([4, 5], [18, 19]);
    const left = await explainer.explain(crop, 'left');
    expect(left).toMatchObject({ expression: 'left', method: 'hires-cam', height: SIDE, width: SIDE });
    expect(left.resolution).toEqual({ height: 12, width: 12 });
    expect(left.probability).toBeCloseTo(0.5, 5);
    expect(left.heat).toHaveLength(SIDE * SIDE);
    expect([Math.min(...left.heat), Math.max(...left.heat)]).toEqual([0, 1]);
    expectNear(hottestPlace(left), [4, 5]);
    expectNear(hottestPlace(await explainer.explain(crop, 'right')), [18, 19]);
  });

  it('is cold where nothing speaks for the expression', async () => {
    const explainer = await createExplainer(await spotFinder());
    const { heat } = await explainer.explain(spots([4, 5]), 'right');
    expect(Math.max(...heat)).toBe(0);
  });

  it('covers parts in turn where another engine runs the network', async () => {
    const model = await spotFinder();
    const external: ExternalModel = {
      manifest: model.manifest,
      labels: model.labels,
      engine: 'another engine',
      createPredictor: () => createPredictor(model),
    };
    const explainer = await createExplainer(external);
    const { method, layer, heat, width, ...rest } = await explainer.explain(spots([4, 5]), 'left');
    expect([method, layer, rest.resolution]).toEqual(['occlusion', undefined, { height: 12, width: 12 }]);
    // A cover is five pixels wide.
    expectNear(hottestPlace({ heat, width, method, ...rest }), [4, 5], 3);
    await expect(createExplainer(external, { method: 'grad-cam' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'explain: another engine gives no gradients; use the method occlusion',
    });
  });

  it('says what is wrong with a crop, an expression or a layer', async () => {
    const model = await spotFinder();
    const explainer = await createExplainer(model);
    await expect(explainer.explain(new Float32Array(7), 'left')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'explain: the crop must be 24×24×1, as spots sees it; got 7 values',
    });
    await expect(explainer.explain(spots(), 'up')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'explain: spots has no expression up (it has left, right)',
    });
    const [first] = explainableLayers(model.graph);
    expect(first?.layer).toBeDefined();
    await expect(createExplainer(model, { layer: 'nowhere' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('spots has no map of the layer nowhere; choose one of') as string,
    });
  });
});
