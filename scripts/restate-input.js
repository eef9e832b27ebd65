// States anew what a shipped model does with noisy, soft, dark and flat pictures, measures it again and writes its card. Its
// weights stay as they are, to the last bit:
//
//   node scripts/restate-input.js ID --data fer2013.csv [--posed posed.csv]
//
// Detail and exposure are those of the pictures that it was trained on, as `scripts/ship-model.js` measures them for a new one;
// temperature and threshold are fitted anew to the pictures that were held out.
// @ts-check
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadModel } from '@mien/core';
import { chooseRows, createViewReader, fitCalibration } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { measureShippedModel } from './measure-model.js';
import { writeGolden } from './ship/golden.js';
import { measureNormalization } from './ship/normalization.js';

const { values, positionals } = parseArgs({
  options: { data: { type: 'string' }, posed: { type: 'string' } },
  allowPositionals: true,
});
const [id] = positionals;
if (id === undefined || values.data === undefined) {
  console.error('usage: node scripts/restate-input.js ID --data FILE [--posed FILE]');
  process.exit(2);
}
const folder = new URL(`../models/${id}/`, import.meta.url);
const weightsFile = new URL('weights.safetensors', folder);
const manifestFile = new URL('manifest.json', folder);
const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
const heldOut = manifest.provenance.heldOut?.part;
if (heldOut === undefined)
  throw new Error(`${id}: was trained on all pictures; ship it anew by ship-model.js, with its trial`);
const dataset = await readFer2013(values.data);
const rows = chooseRows(dataset, { heldOut });
const { detail, exposure } = measureNormalization(dataset, rows.trainRows);

const bytes = withMetadata(await readFile(weightsFile), {
  normalization: JSON.stringify({ detail, exposure }),
});
const model = await loadModel({ manifest: undefined, weights: bytes, source: id });
const readings = await (await createViewReader(model, dataset)).read(rows.validationRows, 'one');
const { temperature, minMargin } = fitCalibration(readings, model.labels.length);

manifest.input = { ...manifest.input, exposure, detail };
manifest.quality.minMargin = minMargin;
manifest.calibration = { temperature };
manifest.weights.sha256 = createHash('sha256').update(bytes).digest('hex');
manifest.cost.weightsBytes = bytes.length;
await writeFile(weightsFile, bytes);
await writeFile(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
await writeGolden(folder, model);
console.log(
  `${id}: noise at most ${detail.maxNoise}, slope at least ${detail.minSlope}; temperature ${temperature.toFixed(3)}, unsure below a lead of ${minMargin}`,
);
await measureShippedModel({ id, data: values.data, posed: values.posed, heldOut });

/**
 * A safetensors file with other metadata.
 *
 * @param {Buffer} file @param {Record<string, string>} changes
 */
function withMetadata(file, changes) {
  const length = Number(file.readBigUInt64LE(0));
  const tensorsAt = 8 + length;
  const header = JSON.parse(file.toString('utf8', 8, tensorsAt));
  header.__metadata__ = { ...header.__metadata__, ...changes };
  const text = Buffer.from(JSON.stringify(header));
  const size = Math.ceil(text.length / 8) * 8; // Tensors stay aligned.
  const head = Buffer.alloc(8 + size, ' ');
  head.writeBigUInt64LE(BigInt(size), 0);
  text.copy(head, 8);
  return Buffer.concat([head, file.subarray(tensorsAt)]);
}
