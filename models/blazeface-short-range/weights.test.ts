/** The weights that ship are those of MediaPipe's file, bit for bit, and so is the network. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSafetensors } from '@mien/core';
import { parseGraph } from '@mien/core/nn';
import { parseTflite } from '@mien/formats';
import { describe, expect, it } from 'vitest';

const TFLITE = fileURLToPath(
  new URL('../../node_modules/@mediapipe/face_detection/face_detection_short_range.tflite', import.meta.url),
);

describe.skipIf(!existsSync(TFLITE))(`the converted weights (${TFLITE} is needed)`, () => {
  it('are those of the TFLite file that the manifest names', () => {
    const manifest = JSON.parse(readFileSync(new URL('manifest.json', import.meta.url), 'utf8')) as {
      provenance: { sha256: string };
    };
    const bytes = readFileSync(TFLITE);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(manifest.provenance.sha256);

    const source = parseTflite(bytes, TFLITE);
    const ours = parseSafetensors(readFileSync(new URL('weights.safetensors', import.meta.url)), 'ours');
    expect(parseGraph(JSON.parse(ours.metadata['graph'] ?? ''), 'ours')).toEqual(source.graph);
    // scripts/make-face-scout.js adds its two networks to the file.
    const added = [...ours.tensors.keys()].filter((name) => /^(scout|judge)_/.test(name));
    expect([...ours.tensors.keys()].sort()).toEqual([...source.weights.keys(), ...added].sort());
    for (const [name, { shape, data }] of source.weights) {
      expect(ours.tensors.get(name)?.shape, name).toEqual(shape);
      expect(ours.tensors.get(name)?.data, name).toEqual(data);
    }
  });
});
