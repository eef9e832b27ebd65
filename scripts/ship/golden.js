// Golden values of a shipped network: what it reads in synthetic faces. test/shipped-models.test.ts compares with them.
// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { createPredictor } from '@mien/core';

const FACES = 4;

/**
 * Pictures that look like faces to no one but are soft and full of contrast, in the range of the model's input.
 *
 * @param {import('@mien/core').InputContract} input
 * @returns float32 `[4, height, width, channels]`
 */
export function syntheticFaces({ width, height, channels, range: [low, high] }) {
  const inputs = new Float32Array(FACES * height * width * channels);
  for (let i = 0; i < inputs.length; i++) {
    const place = Math.floor(i / channels);
    const [x, y] = [place % width, Math.floor(place / width) % height];
    const face = Math.floor(place / (width * height));
    const [u, v] = [x / (width - 1) - 0.5, y / (height - 1) - 0.5];
    const head = Math.exp(-6 * (u * u + 0.7 * v * v));
    const eyes = Math.exp(-160 * ((Math.abs(u) - 0.18) ** 2 + (v + 0.12) ** 2));
    const bend = (face - 1.5) * u * u;
    const mouth = Math.exp(-220 * (v - 0.26 + bend) ** 2 - 18 * u * u);
    inputs[i] = low + (high - low) * Math.min(1, Math.max(0, 0.15 + 0.75 * head - 0.5 * eyes - 0.4 * mouth));
  }
  return { inputs, count: FACES };
}

/** @param {URL} folder of the model @param {import('@mien/core').Model} model */
export async function writeGolden(folder, model) {
  const { inputs, count } = syntheticFaces(model.manifest.input);
  const values = (await createPredictor(model)).predict(inputs, count);
  const classes = model.labels.length;
  const probabilities = Array.from({ length: count }, (_, face) =>
    Array.from(values.subarray(face * classes, (face + 1) * classes), (value) => Number(value.toFixed(6))),
  );
  await mkdir(new URL('golden/', folder), { recursive: true });
  await writeFile(
    new URL('golden/readings.json', folder),
    `${JSON.stringify({ pictures: 'syntheticFaces of scripts/ship/golden.js', labels: model.labels, probabilities }, null, 2)}\n`,
  );
}
