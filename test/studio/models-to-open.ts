/** Model files that tests open in the studio; none of the networks has learnt anything. */
import { FER2013_LABELS, parseSafetensors } from '@mien/core';
import { miniXception, type Graph } from '@mien/core/nn';
import { toKerasHdf5, toOnnx } from '@mien/formats';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';

const graph = miniXception();
const weights = parseSafetensors(makeCheckpoint(), 'made').tensors;
/** Not quite the network of the paper, whose labels are known. */
const altered: Graph = {
  ...graph,
  layers: [
    ...graph.layers,
    { kind: 'activation', name: 'result', inputs: graph.outputs, activation: 'relu' },
  ],
  outputs: ['result'],
};

export const modelFile = (name: string, bytes: Uint8Array) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});

/** `mine.hdf5`: says everything about itself. @param labels of its seven outputs */
export async function kerasFile(labels: readonly string[] = FER2013_LABELS) {
  return modelFile('mine.hdf5', await toKerasHdf5({ graph, weights, labels, inputRange: [-1, 1] }));
}

/** `mine.onnx`: does not say what its outputs mean. */
export const onnxFile = () => modelFile('mine.onnx', toOnnx({ graph: altered, weights }));
