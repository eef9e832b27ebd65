import { parseSafetensors } from '@mien/core';
import { miniXception, type Graph } from '@mien/core/nn';
import { toOnnx } from '@mien/formats';
import { LABELS, makeCheckpoint } from './make-checkpoint.js';

/**
 * The model of {@link makeCheckpoint} as ONNX, ending with an operator that our engine lacks. It changes nothing, so
 * that the results of both can be compared: Celu is the identity from zero on, and probabilities are.
 */
export function makeExternalOnnx(): Uint8Array {
  const { tensors: weights } = parseSafetensors(makeCheckpoint(), 'made');
  const paper = miniXception();
  const graph: Graph = {
    ...paper,
    layers: [
      ...paper.layers,
      { kind: 'activation', name: 'result', inputs: paper.outputs, activation: 'relu' },
    ],
    outputs: ['result'],
  };
  const file = Buffer.from(toOnnx({ graph, weights, labels: LABELS, inputRange: [-1, 1] }));
  // A name of the same length in the place of the last operator's.
  file.write('Celu', file.lastIndexOf('Relu'));
  return file;
}
