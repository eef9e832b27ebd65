import { MienError } from '@mien/core';
import type { Graph, Layer, Tensor, Weights } from '@mien/core/nn';

// What is done to logits after training goes into the weights that make them, so that it costs nothing and every file of the
// network holds it, whatever its format.

/**
 * A network whose logits are higher by `offsets`: they go into the bias of the last layer with weights, so that nothing
 * else changes and nothing costs more. A layer without a bias is given one.
 *
 * The network has to end in softmax, after a dense layer, or after a convolution whose mean over the picture is taken
 * (an offset of every pixel is an offset of the mean).
 *
 * @param offsets one per output
 * @throws MienError `UNSUPPORTED` for a network with another end
 */
export function foldLogitOffsets(
  graph: Graph,
  weights: Weights,
  offsets: readonly number[],
): { readonly graph: Graph; readonly weights: Weights } {
  const layer = findLogits(graph);
  const outputs = layer.kind === 'dense' ? layer.units : layer.filters;
  if (outputs !== offsets.length) throw unsupported(graph, `its logits are ${outputs}, not ${offsets.length}`); // prettier-ignore
  const name = `${layer.name}/bias`;
  const { data: before = new Float32Array(outputs) } = weights.get(name) ?? {};
  const bias: Tensor = { shape: [outputs], data: before.map((value, i) => value + offsets[i]!) };
  return {
    graph: {
      ...graph,
      layers: graph.layers.map((it): Layer => (it === layer ? { ...layer, useBias: true } : it)),
    },
    weights: new Map([...weights, [name, bias]]),
  };
}

/**
 * Weights with which a network's logits are divided by `temperature`: above 1 its probabilities are less extreme, and in the
 * same order.
 *
 * The network has to end as for {@link foldLogitOffsets}.
 *
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2.
 *
 * @param temperature above 0
 * @throws MienError `UNSUPPORTED` for a network with another end
 */
export function foldTemperature(graph: Graph, weights: Weights, temperature: number): Weights {
  const { name } = findLogits(graph);
  const scaled = ['kernel', 'bias'].flatMap((part): [string, Tensor][] => {
    const tensor = weights.get(`${name}/${part}`);
    if (tensor === undefined) return [];
    return [[`${name}/${part}`, { ...tensor, data: tensor.data.map((value) => value / temperature) }]];
  });
  return new Map([...weights, ...scaled]);
}

type LogitLayer = Extract<Layer, { readonly kind: 'dense' | 'conv2d' }>;

/** Back from the softmax, over layers that pass on a constant. */
function findLogits(graph: Graph): LogitLayer {
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const last = byName.get(graph.outputs[0] ?? '');
  if (last?.kind !== 'activation' || last.activation !== 'softmax')
    throw unsupported(graph, 'its last layer is no softmax');
  let layer = byName.get(last.inputs[0] ?? '');
  const pooled = layer?.kind === 'globalAveragePooling2d';
  if (pooled) layer = byName.get(layer?.inputs[0] ?? '');
  if (layer?.kind === 'dense' && !pooled) return layer;
  if (layer?.kind === 'conv2d' && pooled) return layer;
  throw unsupported(graph, `its softmax follows ${layer?.kind ?? 'nothing'}`);
}

function unsupported(graph: Graph, problem: string): MienError {
  return new MienError(
    'UNSUPPORTED',
    `network ${graph.name}: ${problem}; to change its logits it needs a dense layer, or a convolution and its mean, before a softmax`,
  );
}
