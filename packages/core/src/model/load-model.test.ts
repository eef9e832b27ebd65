import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeGraph } from '../nn/describe-graph.js';
import { miniXception } from '../nn/mini-xception.js';
import { elementCount, type Tensor, type Weights } from '../nn/tensor.js';
import { createModel, loadModel } from './load-model.js';
import { toModelFile } from './own-contract.js';
import { FER2013_CROP } from './manifest.js';
import { toSafetensors } from './safetensors.js';

const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
const graph = miniXception();

/** The same values in every run. */
function makeWeights(): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape } of layer.weights) {
      const data = Float32Array.from(
        { length: elementCount(shape) },
        (_, index) => 0.5 + 0.4 * Math.sin(index),
      );
      weights.set(name, { shape, data });
    }
  }
  return weights;
}

const weights: Weights = makeWeights();
const bytes = toModelFile({ graph, weights, labels: LABELS, inputRange: [-1, 1] });

function manifestOf(weightBytes: Uint8Array): Record<string, unknown> {
  return {
    id: 'mini-xception',
    name: 'mini_Xception',
    kind: 'classifier',
    labels: [...LABELS].reverse(),
    input: { width: 48, height: 48, channels: 1, range: [0, 1], layout: 'NHWC' },
    crop: { scale: 1.2, offsetX: 0, offsetY: 0 },
    weights: { file: 'w.safetensors', sha256: createHash('sha256').update(weightBytes).digest('hex') },
    licence: 'MIT',
  };
}

describe('a checkpoint without a manifest', () => {
  it('becomes a model by its own metadata', async () => {
    const model = await loadModel({
      manifest: undefined,
      weights: bytes,
      source: 'run/best.safetensors',
      id: 'best',
    });
    expect(model.graph).toEqual(graph);
    expect(model.weights).toEqual(new Map([...weights].sort()));
    expect(model.labels).toEqual(LABELS);
    expect(model.manifest).toMatchObject({
      id: 'best',
      kind: 'classifier',
      input: { width: 48, height: 48, channels: 1, range: [-1, 1] },
      crop: FER2013_CROP,
    });
  });

  it('ignores further metadata and tensors', async () => {
    const further = new Map(weights).set('adam/m/conv2d_1/kernel', { shape: [1], data: new Float32Array(1) });
    const crop = { scale: 1.5, offsetX: 0, offsetY: 0.1, upright: true };
    const file = toModelFile({
      graph,
      weights: further,
      labels: LABELS,
      inputRange: [0, 255],
      crop,
      metadata: { epoch: '3', labels: 'taken' },
    });
    const model = await loadModel({ manifest: undefined, weights: file, source: 'a' });
    expect(model.manifest).toMatchObject({ id: 'checkpoint', crop, input: { range: [0, 255] } });
  });

  it.each<[string, Record<string, string>, string]>([
    ['no graph', { labels: '[]' }, 'metadata has no "graph"'],
    ['a graph that is no JSON', { graph: '{' }, '"graph" is not JSON'],
    ['a graph that is none', { graph: '{"name": 1}' }, 'not a readable network description'],
    ['no labels', { graph: JSON.stringify(graph) }, 'metadata has no "labels"'],
    [
      'too few labels',
      { graph: JSON.stringify(graph), labels: '["a"]', inputRange: '[-1,1]' },
      '1 labels were given for a network whose output is [7]',
    ],
    [
      'no range',
      { graph: JSON.stringify(graph), labels: JSON.stringify(LABELS) },
      'metadata has no "inputRange"',
    ],
  ])('is refused with %s', async (_, metadata, message) => {
    const file = toSafetensors(weights, metadata);
    const loading = loadModel({ manifest: undefined, weights: file, source: 'bad.safetensors' });
    const error: unknown = await loading.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    expect(String(error)).toContain('bad.safetensors: ');
    expect(String(error)).toContain(message);
  });

  it('is rejected if a weight is missing, misshapen or not finite', async () => {
    const name = 'conv2d_1/kernel';
    const load = (change: (weights: Map<string, Tensor>) => void) => {
      const changed = new Map(weights);
      change(changed);
      const file = toModelFile({ graph, weights: changed, labels: LABELS, inputRange: [-1, 1] });
      return loadModel({ manifest: undefined, weights: file, source: 'bad' });
    };
    const shape = weights.get(name)?.shape ?? [];
    await expect(load((w) => w.delete(name))).rejects.toThrow(`bad: weights: ${name} is missing`);
    await expect(load((w) => w.set(name, { shape: [1], data: new Float32Array(1) }))).rejects.toThrow(name);
    const nan = new Float32Array(elementCount(shape)).fill(NaN);
    await expect(load((w) => w.set(name, { shape, data: nan }))).rejects.toThrow(name);
  });
});

describe('a model with a manifest', () => {
  it('follows the manifest, which takes precedence over metadata', async () => {
    const model = await loadModel({ manifest: manifestOf(bytes), weights: bytes, source: 'm' });
    expect(model.labels).toEqual([...LABELS].reverse());
    expect(model.manifest).toMatchObject({
      id: 'mini-xception',
      input: { range: [0, 1] },
      crop: { scale: 1.2 },
    });
  });

  it('is rejected if one bit of the weights differs', async () => {
    const damaged = bytes.slice();
    damaged[damaged.length - 1]! ^= 1;
    await expect(loadModel({ manifest: manifestOf(bytes), weights: damaged, source: 'm' })).rejects.toThrow(
      /^m: the weights' sha256 is [0-9a-f]{64}, the manifest's is [0-9a-f]{64}; the file is damaged/,
    );
  });

  it("is rejected if its input differs from the network's", async () => {
    const manifest = {
      ...manifestOf(bytes),
      input: { width: 64, height: 64, channels: 1, range: [0, 1], layout: 'NHWC' },
    };
    await expect(loadModel({ manifest, weights: bytes, source: 'm' })).rejects.toThrow(
      "64×64×1 and the network's is 48×48×1",
    );
  });

  it('is rejected if it is a detector', async () => {
    const manifest = { ...manifestOf(bytes), kind: 'detector' };
    await expect(loadModel({ manifest, weights: bytes, source: 'm' })).rejects.toThrow('is a detector');
  });
});

describe('a model whose file is already parsed', () => {
  const parts = { manifest: undefined, bytes, graph, weights, source: 'a.hdf5' };

  it('follows the file', async () => {
    const model = await createModel({ ...parts, labels: LABELS, inputRange: [0, 1], id: 'a' });
    expect(model).toMatchObject({
      labels: LABELS,
      graph,
      weights,
      manifest: { id: 'a', input: { range: [0, 1] } },
    });
  });

  it('follows its manifest, whose checksum is that of the file', async () => {
    const manifest = manifestOf(bytes);
    const model = await createModel({ ...parts, manifest, labels: LABELS, inputRange: [-1, 1] });
    expect(model.labels).toEqual([...LABELS].reverse());
    await expect(createModel({ ...parts, manifest, bytes: bytes.slice(1) })).rejects.toThrow(
      /^a\.hdf5: the weights' sha256 is/,
    );
  });

  it.each<[string, Partial<Parameters<typeof createModel>[0]>, RegExp]>([
    ['labels', { inputRange: [0, 1] }, /^a\.hdf5: does not say what its outputs mean/],
    ['a range', { labels: LABELS }, /^a\.hdf5: does not say the range of its input/],
    [
      'enough labels',
      { labels: ['a', 'b'], inputRange: [0, 1] },
      /2 labels were given for a network whose output is \[7\]/,
    ],
    ['all weights', { labels: LABELS, inputRange: [0, 1], weights: new Map() }, /is missing/],
  ])('is refused without %s', async (_, changed, message) => {
    await expect(createModel({ ...parts, ...changed })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});
