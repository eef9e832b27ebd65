// @vladmandic/human on WebAssembly, with only face detection and emotion enabled. It analyses every frame: its cache, which
// reuses earlier results for seconds, is off.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { report } from '../measure.js';
import { cameraViews, measureReading, photographs } from '../reading-views.js';
import { HUMAN_SETTINGS } from './human-settings.js';

const require = createRequire(import.meta.url);
const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
// Its package.json has no entry point for Node; its documentation asks for this file.
const folder = new URL('../node_modules/@vladmandic/human/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
const { Human } = require(new URL('dist/human.node-wasm.js', folder).pathname);

// It loads its models with fetch, which does not read files in Node.
const server = createServer((request, response) => {
  response.end(readFileSync(new URL(`models${new URL(request.url, 'http://localhost').pathname}`, folder)));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const human = new Human({
  ...HUMAN_SETTINGS,
  wasmPath: `${wasmFolder}/dist/`,
  modelBasePath: `http://127.0.0.1:${server.address().port}/`,
});
try {
  await human.load();
  const toTensor = ({ frame: { data, width, height } }) =>
    human.tf.tensor(Uint8Array.from(data), [1, height, width, 3], 'int32');
  const read = async (tensor) => {
    const { face, error } = await human.detect(tensor);
    if (error) throw new Error(error);
    return face.map(({ box: [x, y, width, height] }) => ({ x, y, width, height }));
  };
  report({
    ...(await measureReading('human, camera frames', await cameraViews(), toTensor, read)),
    ...(await measureReading('human, photographs', await photographs(), toTensor, read, { all: true })),
    version,
  });
} finally {
  server.close();
  server.closeAllConnections();
}
