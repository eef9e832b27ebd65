/** Compiles a network and the gradient of one of its values: forward pass, seed and backward pass in one program. */
import type { Kernels } from '../../backend/kernels.js';
import type { Program } from '../../backend/program.js';
import type { Graph } from '../graph.js';
import { elementCount, type Weights } from '../tensor.js';
import { InferenceEmitter } from './inference-emitter.js';
import { uploadDenseKernels } from './dense-kernels.js';
import { BackwardEmitter } from './emit-backward.js';
import { uploadConstants } from './inference-constants.js';
import { planFusions } from './plan-fusions.js';

/** Byte offsets of float32 values in the kernels' memory. */
export interface LayerProbeProgram {
  readonly program: Program;
  /** `[height, width, channels]`, to be written before a run. */
  readonly inputOffset: number;
  /** `[classes]`, to be written before a run: 1 at the class of interest, 0 elsewhere. */
  readonly targetOffset: number;
  /** `[…shape of the layer]` */
  readonly valueOffset: number;
  /** `[…shape of the layer]` */
  readonly gradientOffset: number;
  /** `[classes]`: the network's output. */
  readonly outputOffset: number;
}

/** Names of the values whose gradients can be had: outputs of fused units. */
export function probedLayers(graph: Graph): readonly string[] {
  return [...planFusions(graph).fusions.values()].map(({ last }) => last);
}

/** @param layerName one of {@link probedLayers} */
export function compileLayerProbe(
  kernels: Kernels,
  graph: Graph,
  weights: Weights,
  layerName: string,
): LayerProbeProgram {
  // Sums that are computed in place would overwrite values that the backward pass reads.
  const plan = { ...planFusions(graph), residualAdds: new Map<string, never>() };
  const constants = uploadConstants(kernels, graph, plan, weights);
  const denseKernels = uploadDenseKernels(kernels, graph, plan, weights);
  const forward = new InferenceEmitter(graph, plan, constants, 1);
  forward.emitGraph();
  const { builder } = forward;

  const output = graph.layers.at(-1)!;
  const classes = elementCount(plan.description.outputShape);
  const target = builder.buffer(classes);
  // Without a softmax at its end, a network's output itself is differentiated.
  let [from, seed] = [output.name, target];
  if (output.kind === 'activation' && output.activation === 'softmax') {
    // d log p_c / d z_i = [i = c] − p_i: the gradient of the cross-entropy, times −1.
    [from = '', seed] = [output.inputs[0], builder.buffer(classes)];
    const [probabilities, loss] = [builder.buffer(classes), builder.buffer(1)];
    const operands = [forward.bufferOf(from), target, probabilities, seed, loss, classes, -1] as const;
    builder.launch('softmaxCrossEntropy', [...operands], 1);
  }
  const gradient = new BackwardEmitter(forward, denseKernels).emit(from, seed, layerName);
  if (gradient === undefined) throw new RangeError(`probe: the output does not depend on ${layerName}`);

  const input = forward.bufferOf(graph.layers[0]!.name);
  const [value, probabilities] = [forward.bufferOf(layerName), forward.bufferOf(output.name)];
  for (const buffer of [input, target]) builder.pinInput(buffer);
  for (const buffer of [value, gradient, probabilities]) builder.pinOutput(buffer);
  const planned = builder.finish(kernels);
  return {
    program: planned.program,
    inputOffset: planned.offsetOf(input),
    targetOffset: planned.offsetOf(target),
    valueOffset: planned.offsetOf(value),
    gradientOffset: planned.offsetOf(gradient),
    outputOffset: planned.offsetOf(probabilities),
  };
}
