/** What `mien inspect` says of a network, as data. */
import { describeGraph, elementCount, type Graph, type Layer, type Padding, type Shape } from '@mien/core/nn';

export interface LayerSummary {
  readonly name: string;
  readonly kind: Layer['kind'];
  /** The settings that shapes do not say: `3×3, stride 2, same`. */
  readonly settings: string;
  /** All settings by their names in the graph, such as `epsilon`. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  readonly outputShape: Shape;
  readonly parameters: number;
  /** Multiply-accumulate operations of one picture. */
  readonly macs: number;
}

export interface NetworkSummary {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly macs: number;
  /** What one picture takes in float32: all layers' outputs together, as training keeps them … */
  readonly activationBytes: number;
  /** … and those that must be there at once, layer by layer and before any are fused. */
  readonly peakActivationBytes: number;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;

export function summarizeNetwork(graph: Graph): NetworkSummary {
  const { layers: described, parameterCount, trainableParameterCount, macs } = describeGraph(graph);
  const shapeOf = (name: string): Shape => described.get(name)?.outputShape ?? [];
  const layers = graph.layers.map((layer): LayerSummary => {
    const { outputShape = [], weights = [], macs: own = 0 } = described.get(layer.name) ?? {};
    return {
      name: layer.name,
      kind: layer.kind,
      settings: settingsOf(layer),
      attributes: attributesOf(layer),
      inputs: layer.inputs,
      outputShape,
      parameters: weights.reduce((sum, { shape }) => sum + elementCount(shape), 0),
      macs: own,
    };
  });
  return {
    name: graph.name,
    inputShape: graph.inputShape,
    outputs: graph.outputs.map((name) => ({ name, shape: shapeOf(name) })),
    layers,
    parameters: parameterCount,
    trainableParameters: trainableParameterCount,
    macs,
    activationBytes: layers.reduce((sum, { outputShape }) => sum + elementCount(outputShape) * BYTES, 0),
    peakActivationBytes: peakOf(graph, (name) => elementCount(shapeOf(name)) * BYTES),
  };
}

/** A layer's output lives from the layer on until the last one that takes it; results live to the end. */
function peakOf({ layers, outputs }: Graph, bytesOf: (name: string) => number): number {
  const lastUse = new Map<string, number>();
  layers.forEach(({ name, inputs }, index) => {
    lastUse.set(name, index);
    for (const input of inputs) lastUse.set(input, index);
  });
  for (const output of outputs) lastUse.set(output, layers.length);
  const ending = new Map<number, number>();
  for (const [name, index] of lastUse) ending.set(index, (ending.get(index) ?? 0) + bytesOf(name));
  let living = 0;
  let peak = 0;
  layers.forEach(({ name }, index) => {
    living += bytesOf(name);
    peak = Math.max(peak, living);
    living -= ending.get(index) ?? 0;
  });
  return peak;
}

function attributesOf(layer: Layer): Readonly<Record<string, unknown>> {
  const own = ['name', 'kind', 'inputs'];
  return Object.fromEntries(Object.entries(layer).filter(([name]) => !own.includes(name)));
}

function settingsOf(layer: Layer): string {
  const size = 'kernelSize' in layer ? layer.kernelSize : 'poolSize' in layer ? layer.poolSize : undefined;
  return [
    ...(layer.kind === 'activation' ? [layer.activation] : []),
    ...(size === undefined ? [] : [size.join('×')]),
    ...('strides' in layer && layer.strides !== 1 ? [`stride ${layer.strides}`] : []),
    ...('padding' in layer ? toPaddingTexts(layer.padding) : []),
    ...(layer.kind === 'conv2d' && layer.groups !== 1 ? [`${layer.groups} groups`] : []),
    ...(layer.kind === 'zeroPadding2d' && layer.channelsAfter > 0 ? [`${layer.channelsAfter} channels`] : []),
    ...(layer.kind === 'clip' ? [`${layer.min}…${layer.max}`] : []),
    ...(layer.kind === 'concatenate' ? [`axis ${layer.axis}`] : []),
    ...(layer.kind === 'resize2d' ? [layer.interpolation] : []),
    ...(layer.kind === 'dropout' ? [String(layer.rate)] : []),
  ].join(', ');
}

function toPaddingTexts(padding: Padding): readonly string[] {
  if (typeof padding === 'string') return [padding];
  const { top, left, bottom, right } = padding;
  return top + left + bottom + right === 0 ? [] : [`padded ${top},${left},${bottom},${right}`];
}
