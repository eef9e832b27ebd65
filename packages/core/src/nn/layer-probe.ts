/** Values of a layer, and how the probability of a class changes with them: what explanations are made of. */
import { createKernels, type Kernels } from '../backend/kernels.js';
import { MienError } from '../errors.js';
import { compileLayerProbe, probedLayers, type LayerProbeProgram } from './compiler/compile-layer-probe.js';
import { describeGraph } from './describe-graph.js';
import type { Graph, Shape } from './graph.js';
import { elementCount, type Weights } from './tensor.js';
import { checkWeights } from './weights.js';

/** One layer for one picture and one class; copies that the caller owns. */
export interface LayerReading {
  /** `[…shape of the layer]` */
  readonly values: Float32Array;
  /**
   * Derivative by each value, `[…shape of the layer]`: of the logarithm of the class' probability, or of its output where
   * the network does not end with a softmax.
   */
  readonly gradients: Float32Array;
  /** The network's output, `[classes]`. */
  readonly outputs: Float32Array;
}

export class LayerProbe {
  /** Shape of the layer, without the batch. */
  readonly shape: Shape;
  readonly #kernels: Kernels;
  readonly #program: LayerProbeProgram;
  readonly #inputLength: number;
  readonly #classes: number;

  /** Use {@link createLayerProbe}, or this constructor with an existing kernel instance. */
  constructor(kernels: Kernels, graph: Graph, weights: Weights, layerName: string) {
    checkWeights(graph, weights);
    if (!probedLayers(graph).includes(layerName)) {
      throw new MienError(
        'USAGE',
        `layer probe: ${graph.name} computes no layer ${layerName} by itself; choose one of ${probedLayers(graph).join(', ')}`,
      );
    }
    const { layers, outputShape } = describeGraph(graph);
    this.shape = layers.get(layerName)?.outputShape ?? [];
    this.#kernels = kernels;
    this.#program = compileLayerProbe(kernels, graph, weights, layerName);
    this.#inputLength = elementCount(graph.inputShape);
    this.#classes = elementCount(outputShape);
  }

  /**
   * @param input float32 `[height, width, channels]`, in the range that the model's manifest states
   * @param label index of the class
   * @throws MienError `USAGE` for an input of another length, or a class that there is not
   */
  read(input: Float32Array, label: number): LayerReading {
    if (input.length !== this.#inputLength) {
      throw new MienError('USAGE', `layer probe: expected ${this.#inputLength} inputs, got ${input.length}`);
    }
    if (!(Number.isInteger(label) && label >= 0 && label < this.#classes)) {
      throw new MienError(
        'USAGE',
        `layer probe: expected a class from 0 to ${this.#classes - 1}, got ${label}`,
      );
    }
    const { program, inputOffset, targetOffset, valueOffset, gradientOffset, outputOffset } = this.#program;
    this.#kernels.f32(inputOffset, input.length).set(input);
    this.#kernels.f32(targetOffset, this.#classes).fill(0)[label] = 1;
    this.#kernels.run(program);
    const copy = (offset: number, length: number): Float32Array => this.#kernels.f32(offset, length).slice();
    const length = elementCount(this.shape);
    return {
      values: copy(valueOffset, length),
      gradients: copy(gradientOffset, length),
      outputs: copy(outputOffset, this.#classes),
    };
  }
}

/**
 * Compiles a network for reading one of its layers.
 *
 * @param layerName a layer whose output inference computes; one that is fused with its successor has none
 * @throws MienError `USAGE` for a layer that cannot be read, `MODEL_INVALID` if weights are missing or misshapen
 */
export async function createLayerProbe(
  graph: Graph,
  weights: Weights,
  layerName: string,
): Promise<LayerProbe> {
  return new LayerProbe(await createKernels(), graph, weights, layerName);
}
