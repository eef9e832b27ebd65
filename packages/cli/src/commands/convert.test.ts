import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors, withTemperature } from '@mien/core';
import { createNetwork, GraphBuilder, miniXception } from '@mien/core/nn';
import { toKerasHdf5, toModelSafetensors } from '@mien/formats';
import { findInstalledModel, resolveModel } from '@mien/node/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findData } from '../../../node/src/testing/find-data.js';
import { LABELS, makeCheckpoint } from '../../../node/src/testing/make-checkpoint.js';
import { runMien, type Finished } from '../testing/run-mien.js';

const EXTENSIONS = ['.hdf5', '.keras', '.onnx', '.safetensors', '.tflite'] as const;
const CROP = { scale: 1.25, offsetX: 0, offsetY: -0.1 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-convert-'));
  const { tensors } = parseSafetensors(makeCheckpoint(), 'made');
  const model = {
    graph: miniXception(),
    weights: tensors,
    labels: LABELS,
    inputRange: [-1, 1],
    crop: CROP,
  } as const;
  await writeFile(join(folder, 'in.safetensors'), toModelSafetensors(model));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const convert = (...args: string[]): Promise<Finished> => runMien(['convert', ...args], { cwd: folder });

async function probabilitiesOf(path: string): Promise<number[]> {
  const { graph, weights } = await resolveModel(path);
  const picture = Float32Array.from({ length: 48 * 48 }, (_, index) => Math.sin(index / 9 + (index % 48)));
  return [...(await createNetwork(graph, weights)).predict(picture, 1)];
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - (expected[index] ?? NaN))));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('mien convert', () => {
  it('converts every format to every other with the same probabilities, labels, range and crop', async () => {
    const expected = await probabilitiesOf(join(folder, 'in.safetensors'));
    // Each pair once, in one direction: 0→1→2→3→4→0→2→4→1→3→0.
    const way = [0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 0].map((index) => EXTENSIONS[index] ?? '');
    let from = 'in.safetensors';
    for (const [step, extension] of way.entries()) {
      const to = `step-${step}${extension}`;
      const { exitCode, stderr } = await convert(from, to);
      expect({ to, exitCode, stderr }).toEqual({ to, exitCode: 0, stderr: '' });
      from = to;
      const { labels, manifest } = await resolveModel(join(folder, to));
      expect(labels).toEqual(LABELS);
      expect(manifest).toMatchObject({ input: { range: [-1, 1] }, crop: CROP });
      expectClose(await probabilitiesOf(join(folder, to)), expected, 1e-5);
    }
  });

  it('reports the written file', async () => {
    const { exitCode, stdout } = await convert('in.safetensors', 'report.onnx');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^report\.onnx {2}ONNX, float32, \d+ KB\n {2}58 423 parameters in 46 layers; read back, its outputs are the same/,
    );
    expect(stdout).toMatch(/input {3}48×48×1, -1…1\n {2}labels {2}angry, disgust/);
    expect(stdout).toMatch(/8 layers change form:\n {4}separable_conv2d_1 {2}a Conv of every channel/);

    const json = await convert('in.safetensors', 'report.hdf5', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      output: 'report.hdf5',
      format: 'Keras 2',
      dtype: 'float32',
      parameters: 58_423,
      labels: LABELS,
      rewrites: [],
      sizeBytes: (await stat(join(folder, 'report.hdf5'))).size,
    });
  });

  it.each(['.onnx', '.tflite', '.safetensors'])(
    'writes %s files of half the size with --float16',
    async (extension) => {
      await convert('in.safetensors', `whole${extension}`);
      const { exitCode, stdout } = await convert('in.safetensors', `half${extension}`, '--float16');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/float16/);
      const [whole, half] = await Promise.all(
        ['whole', 'half'].map(async (name) => (await stat(join(folder, `${name}${extension}`))).size),
      );
      expect((half ?? NaN) / (whole ?? NaN)).toBeLessThan(0.65);
      expectClose(
        await probabilitiesOf(join(folder, `half${extension}`)),
        await probabilitiesOf(join(folder, 'in.safetensors')),
        5e-3,
      );
    },
  );

  it('converts an installed model with its licence', async () => {
    const { exitCode } = await convert('mini-xception', 'installed.onnx');
    expect(exitCode).toBe(0);
    const { stdout } = await runMien(['inspect', 'installed.onnx', '--format', 'json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({
      labels: LABELS,
      inputRange: [-1, 1],
      metadata: { licence: 'MIT' },
    });
  });

  it('makes the temperature of a manifest part of the weights', async () => {
    const { exitCode, stdout } = await convert('nano', 'calibrated.onnx');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ {2}note {4}the temperature of its manifest, 0\.\d{3}, is part of the last layer/m,
    );
    expect(stdout).not.toContain('left out');
    // Detail and exposure stay in the metadata, for Mien alone.
    expect(stdout).toMatch(
      /^ {2}note {4}dark, bright and flat pictures are brought into the range of input\.exposure/m,
    );
    expect(stdout).toMatch(/^ {2}note {4}noisy pictures are smoothed and soft ones sharpened/m);
    const { manifest } = await resolveModel('nano');
    const raw = await probabilitiesOf('nano');
    const calibrated = withTemperature(
      Float32Array.from(raw),
      LABELS.length,
      manifest.calibration!.temperature,
    );
    const written = await probabilitiesOf(join(folder, 'calibrated.onnx'));
    expectClose(written, [...calibrated], 1e-5);
    const sharper = Math.sign(1 - manifest.calibration!.temperature);
    expect(sharper * (Math.max(...written) - Math.max(...raw))).toBeGreaterThan(0.005);
    const { manifest: kept } = await resolveModel(join(folder, 'calibrated.onnx'));
    expect(kept.input.exposure).toEqual(manifest.input.exposure);
    expect(kept.input.detail).toEqual(manifest.input.detail);
  });

  it('writes TensorFlow.js in layers and in operators, also in halves', async () => {
    await mkdir(join(folder, 'web'));
    const expected = await probabilitiesOf(join(folder, 'in.safetensors'));
    for (const [args, format, tolerance] of [
      [[], 'layers-model', 1e-5],
      [['--graph-model'], 'graph-model', 1e-5],
      [['--graph-model', '--float16'], 'graph-model', 5e-3],
    ] as const) {
      const { exitCode, stderr } = await convert('in.safetensors', 'web/model.json', '--force', ...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(await readFile(join(folder, 'web/model.json'), 'utf8'))).toMatchObject({ format });
      expectClose(await probabilitiesOf(join(folder, 'web/model.json')), expected, tolerance);
    }
  });

  it('takes labels and range from options if the file has none', async () => {
    const g = new GraphBuilder('small', [8, 8, 1]);
    const graph = g.build(
      g.softmax(
        g.globalAveragePooling2d(g.conv2d(g.input, { filters: 2, kernelSize: [3, 3], useBias: false })),
      ),
    );
    const weights = new Map([
      ['conv2d_1/kernel', { shape: [3, 3, 1, 2], data: new Float32Array(18).fill(0.5) }],
    ]);
    await writeFile(join(folder, 'silent.h5'), await toKerasHdf5({ graph, weights }));
    expect((await convert('silent.h5', 'silent.onnx')).stdout).toMatch(/labels {2}unknown \(see --labels/);
    const { exitCode } = await convert('silent.h5', 'said.onnx', '--labels', 'no,yes', '--input-range=0,1');
    expect(exitCode).toBe(0);
    expect(await resolveModel(join(folder, 'said.onnx'))).toMatchObject({
      labels: ['no', 'yes'],
      manifest: { input: { range: [0, 1] } },
    });
  });

  it.skipIf(findData('keras') === undefined)(
    "keeps the optimiser's state between Keras files, and reports where it is lost (skipped without the shared data)",
    async () => {
      const checkpoint = findData('keras/fer2013_mini_XCEPTION.102-0.66.hdf5') ?? '';
      expect((await convert(checkpoint, 'paper.keras')).stdout).not.toMatch(/left out/);
      const { stdout } = await runMien(['inspect', 'paper.keras', '--format', 'json'], { cwd: folder });
      expect(JSON.parse(stdout)).toMatchObject({ optimizer: { kind: 'adam', step: 92_494 } });
      expect((await convert('paper.keras', 'paper.onnx')).stdout).toMatch(/left out: the training state/);
    },
  );

  it.skipIf(findData('detectors') === undefined)(
    'converts a detector of any input size at the given size (skipped without the shared data)',
    async () => {
      const yunet = findData('detectors/yunet_s_dynamic.onnx') ?? '';
      const refused = await convert(yunet, 'yunet.keras');
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      expect(refused.stderr).toMatch(/takes pictures of any size; .*--input-size/);
      const { exitCode, stdout } = await convert(yunet, 'yunet.safetensors', '--input-size', '320,320');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/input {3}320×320×3/);
    },
  );
});

describe('mien convert fails in one line without writing a file', () => {
  it.each<[string, readonly string[], number, RegExp]>([
    [
      'for weights that do not match their manifest',
      ['other', 'out.onnx'],
      1,
      /sha256 is [0-9a-f]{64}, the manifest's is/,
    ],
    [
      'for a name without a format',
      ['in.safetensors', 'out.bin'],
      2,
      /out\.bin: its name says no format; end it with one of \.hdf5/,
    ],
    [
      'for a graph of another format than TensorFlow.js',
      ['in.safetensors', 'out.onnx', '--graph-model'],
      2,
      /out\.onnx: --graph-model is for model\.json of TensorFlow\.js/,
    ],
    [
      'for float16 in Keras files',
      ['in.safetensors', 'out.keras', '--float16'],
      2,
      /--float16 is for \.onnx, \.tflite, \.safetensors and model\.json;/,
    ],
    ['for a missing model', ['nowhere.onnx', 'out.onnx'], 1, /nowhere\.onnx: neither installed/],
    [
      'if input and output are the same file',
      ['in.safetensors', 'in.safetensors', '--force'],
      2,
      /is a model that is read; give OUT another name/,
    ],
    [
      'if input and output are the same file under two names',
      ['in.safetensors', 'link.safetensors', '--force'],
      2,
      /is a model that is read; give OUT another name/,
    ],
    [
      'for an existing output file',
      ['in.safetensors', 'there.onnx'],
      2,
      /there\.onnx: exists already; .*--force/,
    ],
    [
      'for an output folder that is a file',
      ['in.safetensors', 'there.onnx/out.onnx'],
      1,
      /there\.onnx\/out\.onnx: cannot be written \(its folder is a file\)/,
    ],
    [
      'for a number of labels that differs from the outputs',
      ['in.safetensors', 'out.onnx', '--labels', 'a,b'],
      2,
      /2 labels were given for a network of 7 outputs/,
    ],
    ['for an invalid size', ['in.safetensors', 'out.onnx', '--input-size', '0,5'], 2, /two whole numbers/],
    [
      'for a layer that the format does not support',
      ['hard.safetensors', 'out.h5'],
      1,
      /layer swish \(activation\): hardSwish has no counterpart in \.hdf5 files/,
    ],
    [
      'for a weight outside the range of float16',
      ['large.safetensors', 'out.onnx', '--float16'],
      1,
      /conv2d_1\/kernel holds 70000, more than float16 can/,
    ],
    ['for a damaged file', ['damaged.onnx', 'out.hdf5'], 1, /^mien: damaged\.onnx: /],
  ])('%s', async (_, args, expected, message) => {
    await symlink('in.safetensors', join(folder, 'link.safetensors')).catch(() => undefined);
    await mkdir(join(folder, 'other'), { recursive: true });
    const installed = findInstalledModel('mini-xception') ?? '';
    await copyFile(join(installed, 'manifest.json'), join(folder, 'other', 'manifest.json'));
    await copyFile(join(folder, 'in.safetensors'), join(folder, 'other', 'weights.safetensors'));
    await writeFile(join(folder, 'there.onnx'), 'mine');
    await writeFile(join(folder, 'damaged.onnx'), Uint8Array.of(1, 2, 3));
    const g = new GraphBuilder('hard', [4, 4, 1]);
    const hard = g.build(g.activation(g.input, 'hardSwish', { name: 'swish' }));
    await writeFile(
      join(folder, 'hard.safetensors'),
      toModelSafetensors({ graph: hard, weights: new Map() }),
    );
    const h = new GraphBuilder('large', [4, 4, 1]);
    const graph = h.build(h.conv2d(h.input, { filters: 1, kernelSize: [1, 1], useBias: false }));
    const weights = new Map([['conv2d_1/kernel', { shape: [1, 1, 1, 1], data: Float32Array.of(70_000) }]]);
    await writeFile(join(folder, 'large.safetensors'), toModelSafetensors({ graph, weights }));

    const before = await readdir(folder);
    const { exitCode, stdout, stderr } = await convert(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toMatch(/\n/);
    expect(await readdir(folder)).toEqual(before);
    expect(await readFile(join(folder, 'there.onnx'), 'utf8')).toBe('mine');
  });

  it('overwrites a file with --force', async () => {
    await copyFile(join(folder, 'in.safetensors'), join(folder, 'old.onnx'));
    expect((await convert('in.safetensors', 'old.onnx', '--force')).exitCode).toBe(0);
    expect((await resolveModel(join(folder, 'old.onnx'))).labels).toEqual(LABELS);
  });
});
