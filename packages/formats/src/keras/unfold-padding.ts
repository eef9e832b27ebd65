/**
 * Keras knows paddings by name only. A window with amounts of its own is written as Keras' own networks say it: a layer
 * of zeros, then the window without padding. Reading puts the two together again (`import/fold-zero-padding.ts`).
 *
 * A mean that counts a padding called `same` is padded by its amounts as well, since Keras' means leave it out. Maxima
 * see their padding as −∞, for which Keras has no layer: those stay as they are, and are refused where they are written.
 */
import { describeGraph, type ExplicitPadding, type Graph, type Layer, type Size2d } from '@mien/core/nn';
import type { ExportOptions } from '../imported-model.js';
import { areSame, NO_PADDING, toAmounts } from '../import/padding.js';

export function unfoldPadding(graph: Graph, { onRewrite }: ExportOptions = {}): Graph {
  const taken = new Set(graph.layers.map(({ name }) => name));
  const { layers: described } = describeGraph(graph);
  const layers = graph.layers.flatMap((layer): Layer[] => {
    // Every kind that has amounts has a `padding`, so that the casts below hold.
    const [height = 0, width = 0] = described.get(layer.inputs[0] ?? '')?.outputShape ?? [];
    const padding = amountsOf(layer, [height, width]);
    if (padding === undefined) return [layer];
    if (areSame(padding, NO_PADDING)) return [{ ...layer, padding: 'valid' } as Layer];
    let name = `${layer.name}_padding`;
    for (let count = 2; taken.has(name); count++) name = `${layer.name}_padding_${count}`;
    taken.add(name);
    onRewrite?.(layer.name, 'ZeroPadding2D and a window without padding');
    return [
      { kind: 'zeroPadding2d', name, inputs: layer.inputs, padding, channelsAfter: 0 },
      { ...layer, inputs: [name], padding: 'valid' } as Layer,
    ];
  });
  return { ...graph, layers };
}

/** What must be written as a layer of its own; `undefined` for a padding that Keras has a name for, or no way to say. */
function amountsOf(layer: Layer, input: Size2d): ExplicitPadding | undefined {
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'separableConv2d':
      return typeof layer.padding === 'string' ? undefined : layer.padding;
    case 'averagePooling2d': {
      if (!layer.countIncludesPadding || layer.padding === 'valid') return undefined;
      return toAmounts(layer.padding, input, layer.poolSize, [layer.strides, layer.strides]);
    }
    default:
      return undefined;
  }
}
