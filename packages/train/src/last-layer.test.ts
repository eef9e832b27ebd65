import {
  GraphBuilder,
  baseNetwork,
  createNetwork,
  describeGraph,
  miniXception,
  nanoNetwork,
  residualNetwork,
  type Graph,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { replaceLastLayer, splitAtLastLayer } from './last-layer.js';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';

const SIDE = 48;
const inputShape = [SIDE, SIDE, 1] as const;

/** Hidden layers of a vector: the features are no picture. */
function perceptron(): Graph {
  const g = new GraphBuilder('perceptron', [4, 4, 1]);
  const hidden = g.relu(g.dense(g.flatten(g.input), { units: 5 }));
  return g.build(g.softmax(g.dense(g.dropout(hidden, { rate: 0.5 }), { units: 3 })));
}

/** Whose output adds two layers with kernels. */
function forked(): Graph {
  const g = new GraphBuilder('forked', [4, 4, 1]);
  const x = g.flatten(g.input);
  return g.build(g.softmax(g.add(g.dense(x, { units: 3 }), g.dense(x, { units: 3 }))));
}

const weightsOf = (graph: Graph) => initializeWeights(graph, createRandom(1).fork('weights'));

describe('the last layer of a network', () => {
  it.each([
    miniXception(),
    nanoNetwork({ inputShape, classes: 7, dropout: 0.2 }),
    baseNetwork({ inputShape, classes: 7, dropout: 0.2 }),
    residualNetwork({
      inputShape,
      classes: 7,
      widths: [8, 16],
      blocksPerStage: 1,
      squeezeExcitation: 4,
      dropout: 0.1,
    }),
    perceptron(),
  ])('splits $name into two parts that together give the same probabilities', async (graph) => {
    const { body, head } = splitAtLastLayer(graph);
    const weights = weightsOf(graph);
    const random = createRandom(2);
    const [height, width, channels] = graph.inputShape;
    const pictures = Float32Array.from(
      { length: 2 * height * width * channels },
      () => 2 * random.uniform() - 1,
    );
    const whole = (await createNetwork(graph, weights)).predict(pictures, 2);
    const features = (await createNetwork(body, weights)).predict(pictures, 2);
    const parts = (await createNetwork(head, weights)).predict(features, 2);
    expect(parts).toHaveLength(whole.length);
    parts.forEach((value, index) => expect(value).toBeCloseTo(whole[index]!, 5));

    const kernels = [...describeGraph(head).layers.values()].flatMap((layer) => layer.weights);
    expect(kernels.filter(({ name }) => name.endsWith('kernel'))).toHaveLength(1);
    // Dropout has an effect in training only, so it must not be in the body, which runs as in inference.
    expect(body.layers.at(-1)?.kind).not.toBe('dropout');
  });

  it('is replaced for other labels, while all other weights stay the same', () => {
    const graph = miniXception();
    const weights = weightsOf(graph);
    const replaced = replaceLastLayer({ graph, weights }, 3, 7);
    expect(describeGraph(replaced.graph).outputShape).toEqual([3]);
    const changed = [...replaced.weights].filter(([name, tensor]) => weights.get(name) !== tensor);
    expect(changed.map(([, { shape }]) => shape)).toEqual([[3, 3, 128, 3], [3]]);
    expect(replaceLastLayer({ graph, weights }, 3, 7).weights).toEqual(replaced.weights);
    expect(replaceLastLayer({ graph, weights }, 3, 8).weights).not.toEqual(replaced.weights);
  });

  it('is refused where there is not exactly one', () => {
    const g = new GraphBuilder('single', [4, 4, 1]);
    const single = g.build(g.softmax(g.dense(g.flatten(g.input), { units: 3 })));
    expect(() => splitAtLastLayer(single)).toThrow(
      'graph single: has only one layer with weights; train all of it',
    );
    expect(() => splitAtLastLayer(forked())).toThrow(
      /^graph forked: has no single last layer, because add\S* joins dense\S* and dense\S*; train all of it$/,
    );
    expect(() => replaceLastLayer({ graph: forked(), weights: weightsOf(forked()) }, 2, 1)).toThrow(
      'has no single last layer',
    );
  });
});
