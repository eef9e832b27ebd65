// Converts MediaPipe's short-range face detector (TFLite) into our weights:
//   node scripts/convert-blazeface.js [node_modules/@mediapipe/face_detection/face_detection_short_range.tflite]
// writes models/blazeface-short-range/weights.safetensors (float16, as the TFLite file has them) with the graph in its
// metadata, and updates its sha256 and cost in manifest.json, whose other fields are written by hand.
// @ts-check
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, toSafetensors } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import { parseTflite } from '@mien/formats';
import { storedType } from './face-scout/networks.js';

const ROOT = new URL('../', import.meta.url);
const SOURCE =
  process.argv[2] ??
  fileURLToPath(new URL('node_modules/@mediapipe/face_detection/face_detection_short_range.tflite', ROOT));
const MODEL = new URL('models/blazeface-short-range/', ROOT);

const bytes = await readFile(SOURCE);
const { graph, weights } = parseTflite(bytes, SOURCE);
// The networks of scripts/make-face-scout.js lie in the same file.
const weightsFile = new URL('weights.safetensors', MODEL);
const { metadata, tensors } = parseSafetensors(await readFile(weightsFile), 'weights.safetensors');
const file = toSafetensors(
  new Map([...tensors, ...weights]),
  { ...metadata, graph: JSON.stringify(graph) },
  storedType,
);
await writeFile(weightsFile, file);

const manifestFile = new URL('manifest.json', MODEL);
const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
manifest.weights = { file: 'weights.safetensors', sha256: sha256(file), dtype: 'F16' };
manifest.provenance.sha256 = sha256(bytes);
manifest.cost.macsPerTile = describeGraph(graph).macs;
await writeFile(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`weights.safetensors: ${file.length} bytes of a TFLite file of ${bytes.length}`);

/** @param {Uint8Array} data */
function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
