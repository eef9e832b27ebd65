/** Models of other tools, as people bring them: outputs that are no probabilities, colours, files that belong together. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeGraph, GraphBuilder, type Graph, type Symbolic, type Tensor } from '@mien/core/nn';
import { toKerasHdf5, toOnnx, toTensorflowJs } from '@mien/formats';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS } from '../../../node/src/testing/make-checkpoint.js';
import { makeCollection } from '../../../node/src/testing/make-collection.js';
import { runMien, type Finished } from '../testing/run-mien.js';

const PORTRAIT = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));
const CONTRACT = ['--labels', LABELS.join(), '--input-range', '0,1'];

let folder: string;
const run = (...args: string[]): Promise<Finished> => runMien(args, { cwd: folder });

/** Weights that spread the outputs. */
function weightsOf(graph: Graph): Map<string, Tensor> {
  const described = [...describeGraph(graph).layers.values()].flatMap(({ weights }) => weights);
  return new Map(
    described.map(({ name, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length }, (_, at) => Math.sin(at * 7.3 + name.length)) },
      ];
    }),
  );
}

function networkThatEnds(end: (g: GraphBuilder, x: Symbolic) => Symbolic): {
  graph: Graph;
  weights: Map<string, Tensor>;
} {
  const g = new GraphBuilder('net', [48, 48, 1]);
  const x = g.dense(g.globalAveragePooling2d(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3] })), {
    units: 7,
  });
  const graph = g.build(end(g, x));
  return { graph, weights: weightsOf(graph) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-foreign-'));
  const softmax = networkThatEnds((g, x) => g.softmax(x));
  const logits = networkThatEnds((_, x) => x);
  await writeFile(join(folder, 'softmax.h5'), await toKerasHdf5(softmax));
  await writeFile(join(folder, 'logits.h5'), await toKerasHdf5(logits));
  await writeFile(join(folder, 'logits.onnx'), toOnnx(logits));
  await writeFile(
    join(folder, 'sigmoids.h5'),
    await toKerasHdf5(networkThatEnds((g, x) => g.activation(x, 'sigmoid'))),
  );
  await writeFile(join(folder, 'relu.h5'), await toKerasHdf5(networkThatEnds((g, x) => g.relu(x))));
  const { json, shards } = toTensorflowJs(softmax);
  await mkdir(join(folder, 'web'));
  await writeFile(join(folder, 'web/model.json'), json);
  for (const [name, bytes] of shards) await writeFile(join(folder, 'web', name), bytes);
  await writeFile(join(folder, 'data.csv'), makeCollection({ Training: 14, PublicTest: 14 }));
});
afterAll(() => rm(folder, { recursive: true }));

async function analyze(model: string, ...args: string[]) {
  const finished = await run('analyze', PORTRAIT, '--model', model, ...CONTRACT, '--format', 'json', ...args);
  expect(finished.exitCode, finished.stderr).toBe(0);
  const [{ faces }] = JSON.parse(finished.stdout) as [{ faces: { probabilities: Record<string, number> }[] }];
  return { probabilities: faces[0]!.probabilities, stderr: finished.stderr };
}

describe('outputs that are no probabilities', () => {
  it.each(['logits.h5', 'logits.onnx'])('%s gets the softmax that it ends without', async (model) => {
    const { probabilities: expected, stderr: silent } = await analyze('softmax.h5');
    expect(silent).toBe('');
    const { probabilities, stderr } = await analyze(model);
    for (const label of LABELS) expect(probabilities[label]).toBeCloseTo(expected[label]!, 5);
    expect(stderr).toBe(`${model}: its outputs are no probabilities yet (logits); their softmax is taken\n`);
    const { stdout } = await run(
      'evaluate',
      '--data',
      'data.csv',
      '--model',
      model,
      ...CONTRACT,
      '--format',
      'json',
    );
    expect((JSON.parse(stdout) as { ece: number }).ece).toBeLessThanOrEqual(1);
  });

  it('sigmoids are divided by their sum, and it is said', async () => {
    const { probabilities, stderr } = await analyze('sigmoids.h5');
    expect(Object.values(probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(stderr).toContain('sigmoids.h5: its outputs are a sigmoid for each label');
  });

  it('anything else is refused with its values, unless it is said what they are', async () => {
    const refused = await run('analyze', PORTRAIT, '--model', 'relu.h5', ...CONTRACT);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /which are no probabilities \(they sum to .*\); say what they are: logits, log-probabilities, sigmoids/,
    );
    await analyze('relu.h5', '--outputs', 'logits');
  });
});

describe('colours', () => {
  beforeAll(async () => {
    const g = new GraphBuilder('redblue', [8, 8, 3]);
    const graph = g.build(
      g.softmax(g.dense(g.globalAveragePooling2d(g.input), { units: 2, useBias: false })),
    );
    const kernel = { shape: [3, 2], data: Float32Array.of(9, 0, 0, 0, 0, 9) };
    await writeFile(
      join(folder, 'redblue.h5'),
      await toKerasHdf5({ graph, weights: new Map([['dense_1/kernel', kernel]]) }),
    );
    for (const [label, background] of [
      ['red', { r: 200, g: 30, b: 40 }],
      ['blue', { r: 30, g: 40, b: 200 }],
    ] as const) {
      for (const split of ['train', 'test']) {
        await mkdir(join(folder, 'set', split, label), { recursive: true });
        for (const index of [1, 2]) {
          const shade = { ...background, g: background.g + index + (split === 'test' ? 7 : 0) };
          const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: shade } });
          await picture.png().toFile(join(folder, 'set', split, label, `${index}.png`));
        }
      }
    }
  });
  const evaluate = async (...args: string[]): Promise<number> => {
    const { stdout, stderr } = await run('evaluate', '--data', 'set', '--model', 'redblue.h5', '--labels', 'red,blue', '--input-range', '0,1', '--format', 'json', ...args); // prettier-ignore
    expect(stdout, stderr).not.toBe('');
    return (JSON.parse(stdout) as { accuracy: number }).accuracy;
  };

  it('are measured as they are analysed', async () => {
    expect(await evaluate('--views', 'one,flip')).toBe(1);
  });

  it('may come blue first', async () => {
    expect(await evaluate('--channel-order', 'BGR')).toBe(0);
    expect(await evaluate('--input-mean', '0.5,0.5,0.5', '--input-std', '0.2,0.2,0.2')).toBe(1);
  });

  it('are trained on, and the checkpoint knows how it is fed', async () => {
    await writeFile(
      join(folder, 'tune.json'),
      JSON.stringify({
        preset: 'fer2013',
        epochs: 1,
        warmupEpochs: 0,
        augmentation: null,
        learningRate: 0.0001,
        validation: { split: 'test' },
        network: { kind: 'file', path: 'redblue.h5', labels: ['red', 'blue'], input: { range: [0, 1], mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] } }, // prettier-ignore
      }),
    );
    const trained = await run(
      'train',
      '--data',
      'set',
      '--recipe',
      'tune.json',
      '--out',
      'tuned',
      '--verbose',
      '0',
      '--threads',
      '1',
    );
    expect(trained.exitCode, trained.stderr).toBe(0);
    expect(trained.stdout).toContain('val_accuracy 1.0000');
    const { stdout } = await run('inspect', 'tuned/last.hdf5', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      labels: ['red', 'blue'],
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
    });
  });
});

describe('files that belong together', () => {
  it("TensorFlow.js' model.json is read with its shards, by its folder too, and written", async () => {
    const { probabilities: expected } = await analyze('softmax.h5');
    for (const path of ['web/model.json', 'web']) {
      const { probabilities } = await analyze(path);
      for (const label of LABELS) expect(probabilities[label]).toBeCloseTo(expected[label]!, 6);
    }
    const written = await run('convert', 'softmax.h5', 'written/model.json', ...CONTRACT, '--format', 'json');
    expect(JSON.parse(written.stdout)).toMatchObject({
      format: 'TensorFlow.js',
      beside: ['group1-shard1of1.bin'],
    });
    const again = await run('analyze', PORTRAIT, '--model', 'written/model.json', '--format', 'json');
    expect(again.exitCode, again.stderr).toBe(0);
  });
});

describe('data', () => {
  it('of one label is refused in training', async () => {
    const one = makeCollection({ Training: 20 })
      .split('\n')
      .filter((line, index) => index === 0 || line.startsWith('3,'));
    await writeFile(join(folder, 'one.csv'), `${one.join('\n')}\n`);
    const { exitCode, stderr } = await run('train', '--data', 'one.csv', '--out', 'never');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('one.csv: all pictures have one label, happy; training needs at least two');
  });

  it('whose test pictures are all in train is measured, and it is said', async () => {
    const lines = makeCollection({ Training: 14 })
      .split('\n')
      .filter((line) => line !== '');
    const twice = lines.slice(1).map((line) => line.replace('Training', 'PublicTest'));
    await writeFile(join(folder, 'leak.csv'), [...lines, ...twice, ''].join('\n'));
    const { stdout, stderr } = await run(
      'evaluate',
      '--data',
      'leak.csv',
      '--model',
      'softmax.h5',
      ...CONTRACT,
      '--format',
      'json',
    );
    expect(stderr).toContain('all 14 pictures are also in another split of leak.csv, byte for byte');
    expect(JSON.parse(stdout)).toMatchObject({ repeated: 14, count: 14 });
  });
});
