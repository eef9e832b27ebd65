// @vladmandic/face-api on WebAssembly, with each of its two detectors.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { report } from '../measure.js';
import { cameraViews, measureReading, photographs } from '../reading-views.js';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
const folder = dirname(require.resolve('@vladmandic/face-api/package.json'));
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const faceApi = require(`${folder}/dist/face-api.node-wasm.js`);

setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
await tf.setBackend('wasm');
await tf.ready();
const { ssdMobilenetv1, tinyFaceDetector, faceExpressionNet } = faceApi.nets;
for (const net of [ssdMobilenetv1, tinyFaceDetector, faceExpressionNet]) {
  await net.loadFromDisk(`${folder}/model`);
}

const toTensor = ({ frame: { data, width, height } }) =>
  tf.tensor3d(Uint8Array.from(data), [height, width, 3], 'int32');
const results = {};
for (const [detector, options] of Object.entries({
  'SSD MobileNet v1': new faceApi.SsdMobilenetv1Options(),
  'tiny face detector': new faceApi.TinyFaceDetectorOptions(),
})) {
  const read = async (tensor) => {
    const faces = await faceApi.detectAllFaces(tensor, options).withFaceExpressions();
    return faces.map(({ detection: { box } }) => box);
  };
  const name = (views) => `face-api, ${views}, ${detector}`;
  Object.assign(
    results,
    await measureReading(name('camera frames'), await cameraViews(), toTensor, read),
    await measureReading(name('photographs'), await photographs(), toTensor, read, { all: true }),
  );
}
report({ ...results, version });
