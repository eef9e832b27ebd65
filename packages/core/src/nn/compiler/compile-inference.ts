/** Compiles a graph, its fusion plan and its constants to a program for inference. */
import type { Kernels } from '../../backend/kernels.js';
import type { Program } from '../../backend/program.js';
import type { Graph } from '../graph.js';
import type { FusionPlan } from './fusion.js';
import type { InferenceConstants } from './inference-constants.js';
import { InferenceEmitter } from './inference-emitter.js';

/** A program that reads `batch` pictures at `inputOffset` and writes the graph's outputs to memory. */
export interface InferenceProgram {
  readonly program: Program;
  readonly batch: number;
  /** Byte offset of float32 `[batch, height, width, channels]`. */
  readonly inputOffset: number;
  /** Byte offsets of float32 `[batch, …output shape]`, in the order of the graph's outputs. */
  readonly outputOffsets: readonly number[];
}

export function compileInference(
  kernels: Kernels,
  graph: Graph,
  plan: FusionPlan,
  constants: InferenceConstants,
  batch: number,
): InferenceProgram {
  const emitter = new InferenceEmitter(graph, plan, constants, batch);
  emitter.emitGraph();
  const input = emitter.bufferOf(graph.layers[0]?.name ?? '');
  const outputs = graph.outputs.map((name) => emitter.bufferOf(name));
  emitter.builder.pinInput(input);
  for (const output of outputs) emitter.builder.pinOutput(output);
  const planned = emitter.builder.finish(kernels);
  return {
    program: planned.program,
    batch,
    inputOffset: planned.offsetOf(input),
    outputOffsets: outputs.map((output) => planned.offsetOf(output)),
  };
}
