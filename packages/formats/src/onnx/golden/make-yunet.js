/**
 * Writes `yunet.json`: the outputs of YuNet in onnxruntime for a synthetic picture.
 *
 * Needs the peers (`npm install --prefix bench`) and the model, which is not part of the project:
 *   node packages/formats/src/onnx/golden/make-yunet.js ../shared/data/detectors/yunet_s_dynamic.onnx
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const ort = createRequire(new URL('../../../../../bench/package.json', import.meta.url))('onnxruntime-node');

const WIDTH = 160;
const HEIGHT = 128;
const VALUES_PER_OUTPUT = 300;

/** The test computes the same, channels last. */
const sample = (x, y, channel) => (x * 7 + y * 13 + ((x * y) % 97) + channel * 31) % 256;

const input = new Float32Array(3 * HEIGHT * WIDTH);
for (let channel = 0, at = 0; channel < 3; channel++) {
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) input[at++] = sample(x, y, channel);
  }
}

const session = await ort.InferenceSession.create(readFileSync(process.argv[2]));
const results = await session.run({ input: new ort.Tensor('float32', input, [1, 3, HEIGHT, WIDTH]) });
const outputs = Object.entries(results).map(([name, { dims, data }]) => {
  const step = Math.ceil(data.length / VALUES_PER_OUTPUT);
  const values = Array.from(data)
    .filter((_, index) => index % step === 0)
    .map((value) => Number(value.toPrecision(7)));
  return { name, dims, step, values };
});
const golden = { onnxruntime: ort.env.versions.node, width: WIDTH, height: HEIGHT, outputs };
writeFileSync(new URL('yunet.json', import.meta.url), `${JSON.stringify(golden)}\n`);
