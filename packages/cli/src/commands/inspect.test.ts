import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FER2013_CROP } from '@mien/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { LABELS, makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { makeExternalOnnx } from '../../../node/src/testing/make-external-onnx.js';
import type { InspectedModel } from '../models/inspected-model.js';
import { runMien, type Finished } from '../testing/run-mien.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-inspect-'));
  await writeFile(join(folder, 'model.safetensors'), makeCheckpoint());
  await writeFile(join(folder, 'external.onnx'), makeExternalOnnx());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inspect = (...args: string[]): Promise<Finished> => runMien(['inspect', ...args], { cwd: folder });
async function inspectJson(...args: string[]): Promise<InspectedModel> {
  const { exitCode, stdout } = await inspect(...args, '--format', 'json');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as InspectedModel;
}

describe('mien inspect', () => {
  it('prints layers, shapes, parameters and cost', async () => {
    const { exitCode, stdout, stderr } = await inspect('model.safetensors');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^model\.safetensors {2}safetensors, 2\d\d KB\n/);
    expect(stdout).toMatch(
      /input +48×48×1, 0…255 as -1…1\n +outputs +predictions 7\n +numbers +probabilities\n +labels +angry, disgust/,
    );
    // 44·44 places of 9·8 taps for 8 filters.
    expect(stdout).toMatch(/^conv2d_2 +conv2d 3×3, valid +44×44×8 +576 +1 115 136 +\d+\.\d % +█/m);
    expect(stdout).toMatch(/^activation_1 +activation relu +46×46×8$/m);
    // The number of parameters in the paper.
    expect(stdout).toMatch(/58 423 parameters \(56 951 trainable\), 5\.5\d M MACs a picture/);
  });

  it('prints the same as JSON', async () => {
    const { network, labels, crop, sizeBytes } = await inspectJson('model.safetensors');
    expect(labels).toEqual(LABELS);
    expect(crop).toEqual(FER2013_CROP);
    expect(sizeBytes).toBe(makeCheckpoint().length);
    expect(network?.layers).toHaveLength(46);
    const sum = (key: 'macs' | 'parameters') => network?.layers.reduce((all, layer) => all + layer[key], 0);
    expect(sum('macs')).toBe(network?.macs);
    expect(sum('parameters')).toBe(network?.parameters);
    // The peak: input and output of a normalisation, both 46×46×8.
    expect(network?.peakActivationBytes).toBeGreaterThanOrEqual(2 * 46 * 46 * 8 * 4);
    expect(network?.peakActivationBytes).toBeLessThan(network?.activationBytes ?? 0);
  });

  it('takes an installed classifier, and a detector that is not a network', async () => {
    expect(await inspectJson('mini-xception')).toMatchObject({
      manifest: { id: 'mini-xception', licence: 'MIT' },
      inputRange: [-1, 1],
    });
    const { stdout } = await inspect('haar-frontalface');
    expect(stdout).toMatch(/kind +detector/);
    expect(stdout).toMatch(/cascade\.bin is not a network/);
  });

  it('prints the training state of a checkpoint', async () => {
    await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 14, PublicTest: 7 }));
    const args = ['--data', 'data.csv', '--epochs', '1', '--batch-size', '7', '--out', 'run'];
    await runMien(['train', ...args], { cwd: folder });
    const { stdout } = await inspect('run/last.hdf5');
    expect(stdout).toMatch(/optimiser +adam, 2 updates, learning rate/);
    expect(stdout).toMatch(/training state: epoch \d+/);
    expect(stdout).toMatch(/last {2}epoch 1: loss \d\.\d{4}, val_loss \d\.\d{4}, val_accuracy \d\.\d{4}/);
    expect(stdout).toMatch(/batchSize {2}7\n/);
    expect((await inspectJson('run/last.hdf5')).training?.progress.history).toHaveLength(1);
  });

  it('names the unsupported operators of an ONNX file and describes the rest', async () => {
    const { exitCode, stdout, stderr } = await inspect('external.onnx');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/input +input_1 \[N, 1, 48, 48\]\n +outputs +result \[N, 7\]\n +labels +angry/);
    expect(stdout).toMatch(/^Celu +1 {2}no$/m);
    expect(stdout).toMatch(/^Conv +23 {2}yes$/m);
    expect(stdout).toMatch(/Mien's engine lacks Celu: the model runs in onnxruntime-node, if installed/);
    const { network, outline } = await inspectJson('external.onnx');
    expect(network).toBeNull();
    expect(outline?.operators.filter(({ isKnown }) => !isKnown)).toEqual([
      { name: 'Celu', count: 1, isKnown: false },
    ]);
  });

  it.skipIf(findData('detectors') === undefined)(
    'describes a detector of any input size at the given size (skipped without the shared data)',
    async () => {
      const yunet = findData('detectors/yunet_s_dynamic.onnx') ?? '';
      expect((await inspect(yunet)).stdout).toMatch(
        /input +320×320×3 \(the file takes any size; see --input-size\)/,
      );
      const { network } = await inspectJson(yunet, '--input-size', '640,480');
      expect(network?.inputShape).toEqual([480, 640, 3]);
      expect(network?.outputs).toHaveLength(12);
    },
  );

  it("describes MediaPipe's TFLite detector", async () => {
    const require = createRequire(new URL('../../../formats/package.json', import.meta.url));
    const media = dirname(require.resolve('@mediapipe/face_detection/package.json'));
    const { network, format } = await inspectJson(join(media, 'face_detection_short_range.tflite'));
    expect(format).toBe('TFLite');
    expect(network).toMatchObject({ inputShape: [128, 128, 3] });
    expect(network?.outputs.map(({ shape }) => shape)).toEqual([
      [896, 16],
      [896, 1],
    ]);
  });

  it.each<[string, number, RegExp]>([
    ['nowhere', 1, /nowhere: neither installed/],
    ['damaged.keras', 1, /damaged\.keras: /],
    ['damaged.onnx', 1, /damaged\.onnx: /],
  ])('fails in one line on %s', async (name, expected, message) => {
    await writeFile(join(folder, 'damaged.keras'), 'x');
    await writeFile(join(folder, 'damaged.onnx'), 'x');
    const { exitCode, stdout, stderr } = await inspect(name);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
  });
});
