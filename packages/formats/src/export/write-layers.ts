import { MienError } from '@mien/core';
import { checkWeights, describeGraph, type Layer } from '@mien/core/nn';
import type { ExportableModel, ExportOptions } from '../imported-model.js';
import type { FoldedLayerOptions, LayerValue } from './folded-layer.js';
import { planFolding } from './plan-folding.js';

/**
 * Writes a network layer by layer, each together with what is folded into it.
 *
 * @param write writes a layer; gives what refers to its output
 * @returns what a layer puts out, by its name
 * @throws MienError `MODEL_INVALID` when graph and weights do not belong together
 */
export function writeLayers<Value extends LayerValue>(
  { graph, weights }: ExportableModel,
  onRewrite: ExportOptions['onRewrite'],
  write: (layer: Layer, options: FoldedLayerOptions<Value>) => Omit<Value, keyof LayerValue>,
): (name: string) => Value {
  checkWeights(graph, weights);
  const { layers } = describeGraph(graph);
  const values = new Map<string, Value>();
  const valueOf = (name: string): Value => {
    const value = values.get(name);
    if (value === undefined) throw new MienError('MODEL_INVALID', `graph ${graph.name}: ${name} is no layer`);
    return value;
  };
  for (const folding of planFolding(graph)) {
    const { first, last } = folding;
    const shape = layers.get(last.name)?.outputShape ?? [];
    const inputs = first.inputs.map(valueOf);
    const written = write(first, { weights, folding, inputs, shape, onRewrite });
    values.set(last.name, { ...written, layer: last, shape } as Value);
  }
  return valueOf;
}
