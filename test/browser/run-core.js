// Runs in Node and in the page: the same network on the same inputs, and the detector on the same frame.
// Plain JavaScript, because the page loads this file directly.
// @ts-check

/**
 * @typedef {object} CoreInputs
 * @property {Uint8Array} model       safetensors with their graph
 * @property {Float32Array} pictures  `[count, height, width, channels]`
 * @property {Uint8Array} cascade
 * @property {import('@mien/core').Frame} frame
 *
 * @typedef {object} CoreResults
 * @property {string} ran               build of the kernels that ran
 * @property {string} chooses           build that this runtime selects by default
 * @property {number[]} probabilities    float32 values, which JSON preserves exactly
 * @property {readonly import('@mien/core').Detection[]} detections
 */

/**
 * @param {typeof import('@mien/core')} core
 * @param {typeof import('@mien/core/nn')} nn
 * @param {import('@mien/core/nn').KernelBuild} build
 * @param {CoreInputs} inputs
 * @returns {Promise<CoreResults>}
 */
export async function runCore(core, nn, build, { model, pictures, cascade, frame }) {
  const { metadata, tensors } = core.parseSafetensors(model, 'model');
  const graph = nn.parseGraph(JSON.parse(metadata['graph'] ?? ''), 'model');
  const kernels = await nn.createKernels({ build });
  const network = await nn.createNetwork(graph, tensors, { kernels });
  const probabilities = network.predict(pictures, pictures.length / nn.elementCount(graph.inputShape));

  const detector = await core.createHaarDetector({ cascade, kernels: await nn.createKernels({ build }) });
  const detections = detector.detect(frame);
  detector.dispose();
  return {
    ran: kernels.build,
    chooses: nn.detectKernelBuild(),
    probabilities: [...probabilities],
    detections,
  };
}
