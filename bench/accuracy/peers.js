// Expression networks of other libraries as models that `measureModel` takes: each is given the pictures of the data and
// resizes them itself, as in its own pipeline; faces are not detected again.
// @ts-check
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createExternalModel } from '@mien/core';

const require = createRequire(import.meta.url);
const SIDE = 48;
const FACES_AT_ONCE = 64;

/** @returns TensorFlow.js on WebAssembly, whose results can be read without waiting */
async function loadTensorFlow() {
  const tf = require('@tensorflow/tfjs');
  const { setWasmPaths, setThreadsCount } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}

/**
 * @param {string} name @param {string} version @param {readonly string[]} labels  in the order of the outputs
 * @param {(greys: Float32Array, count: number) => Float32Array} predict  greys 0…255, `[count, 48, 48, 1]`
 */
function toModel(name, version, labels, predict) {
  return createExternalModel({
    network: { name, inputShape: [SIDE, SIDE, 1] },
    engine: `${name} ${version}`,
    manifest: undefined,
    bytes: new Uint8Array(),
    source: name,
    id: name,
    labels,
    inputRange: [0, 255],
    createPredictor: async () => ({
      predict(inputs, count) {
        const results = new Float32Array(count * labels.length);
        const size = SIDE * SIDE;
        for (let start = 0; start < count; start += FACES_AT_ONCE) {
          const part = Math.min(FACES_AT_ONCE, count - start);
          results.set(
            predict(inputs.subarray(start * size, (start + part) * size), part),
            start * labels.length,
          );
        }
        return results;
      },
    }),
  });
}

/** @vladmandic/human: its emotion network, prepared as in src/gear/emotion.ts, without its rounding of scores. */
export async function human() {
  const tf = await loadTensorFlow();
  const folder = new URL('../node_modules/@vladmandic/human/', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const { modelTopology, weightsManifest } = JSON.parse(
    readFileSync(new URL('models/emotion.json', folder), 'utf8'),
  );
  const bytes = readFileSync(new URL('models/emotion.bin', folder));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const weightSpecs = weightsManifest.flatMap((/** @type {any} */ group) => group.weights);
  const network = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const [, side] = network.inputs[0].shape;
  const labels = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
  return toModel('human', version, labels, (greys, count) =>
    tf.tidy(() => {
      const pictures = tf.tensor4d(Float32Array.from(greys), [count, SIDE, SIDE, 1]).div(255);
      const resized = tf.image.resizeBilinear(pictures, [side, side], false);
      return network.execute(resized.sub(0.5).mul(2)).dataSync();
    }),
  );
}

/** @vladmandic/face-api: its expression network, with its own resizing to 112×112. */
export async function faceApi() {
  const tf = await loadTensorFlow();
  const folder = dirname(require.resolve('@vladmandic/face-api/package.json'));
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const library = require(`${folder}/dist/face-api.node-wasm.js`);
  const { faceExpressionNet } = library.nets;
  await faceExpressionNet.loadFromDisk(`${folder}/model`);
  const labels = ['neutral', 'happy', 'sad', 'angry', 'fear', 'disgust', 'surprise'];
  return toModel('face-api', version, labels, (greys, count) =>
    tf.tidy(() => {
      const pictures = tf.tensor4d(Float32Array.from(greys), [count, SIDE, SIDE, 1]);
      const faces = tf.unstack(tf.concat([pictures, pictures, pictures], 3));
      return faceExpressionNet.forwardInput(new library.NetInput(faces, true)).dataSync();
    }),
  );
}
