/**
 * Zeros around a picture, followed by a window, are the window's own padding: one layer less, and one copy of the
 * picture. Keras and TFLite, which know paddings by name only, and PyTorch's exports write them as two.
 *
 * Exact where the window sees its padding as zeros:
 *   convolutions       always
 *   average poolings   that count their padding, or have none of their own (they count from then on)
 *   max poolings       of values that are never below zero, since their own padding is −∞; and only up to a window's
 *                      size, so that no window sees padding alone
 */
import {
  describeGraph,
  soleConsumer,
  type ExplicitPadding,
  type Graph,
  type GraphDescription,
  type Layer,
  type Size2d,
} from '@mien/core/nn';
import { areSame, NO_PADDING, sumOf, toAmounts, toNamed } from './padding.js';

type ZeroPadding = Extract<Layer, { kind: 'zeroPadding2d' }>;
type Windowed = Extract<Layer, { padding: unknown; strides: number }>;

export function foldZeroPadding(graph: Graph): Graph {
  if (!graph.layers.some(({ kind }) => kind === 'zeroPadding2d')) return graph;
  const description = describeGraph(graph);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const folded = new Map<string, Layer>();
  const gone = new Set<string>();
  for (const layer of graph.layers) {
    if (layer.kind !== 'zeroPadding2d' || layer.channelsAfter !== 0) continue;
    const consumer = byName.get(soleConsumer(graph, description, layer.name) ?? '');
    if (consumer === undefined || !isWindowed(consumer)) continue;
    const before = byName.get(layer.inputs[0] ?? '');
    const joined = join(layer, consumer, description, before);
    if (joined === undefined) continue;
    folded.set(consumer.name, joined);
    gone.add(layer.name);
  }
  const layers = graph.layers
    .filter(({ name }) => !gone.has(name))
    .map((layer) => folded.get(layer.name) ?? layer);
  return { ...graph, layers };
}

function isWindowed(layer: Layer): layer is Windowed {
  return 'padding' in layer && 'strides' in layer;
}

function join(
  { padding, inputs }: ZeroPadding,
  window: Windowed,
  description: GraphDescription,
  before: Layer | undefined,
): Layer | undefined {
  const [padded, input] = [window.inputs, inputs].map(([name = '']): Size2d => {
    const [height = 0, width = 0] = description.layers.get(name)?.outputShape ?? [];
    return [height, width];
  });
  if (padded === undefined || input === undefined) return undefined;
  const size = 'kernelSize' in window ? window.kernelSize : window.poolSize;
  const strides: Size2d = [window.strides, window.strides];
  const own = toAmounts(window.padding, padded, size, strides);
  const amounts = sumOf(padding, own);
  const placed = { inputs, padding: toNamed(amounts, input, size, strides) };
  switch (window.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'separableConv2d':
      return { ...window, ...placed };
    case 'averagePooling2d': {
      if (!window.countIncludesPadding && !areSame(own, NO_PADDING)) return undefined;
      return isWithin(amounts, size) ? { ...window, ...placed, countIncludesPadding: true } : undefined;
    }
    case 'maxPooling2d':
      return isNeverNegative(before) && isWithin(amounts, size) ? { ...window, ...placed } : undefined;
    default:
      return window satisfies never;
  }
}

/** Whether every window that starts in the padding reaches the picture. */
export function isWithin({ top, left, bottom, right }: ExplicitPadding, [height, width]: Size2d): boolean {
  return Math.max(top, bottom) < height && Math.max(left, right) < width;
}

/** Whether a layer's values say so by themselves. */
export function isNeverNegative(layer: Layer | undefined): boolean {
  if (layer?.kind === 'clip') return layer.min >= 0;
  return (
    layer?.kind === 'activation' &&
    ['relu', 'relu6', 'sigmoid', 'hardSigmoid', 'softmax'].includes(layer.activation)
  );
}
