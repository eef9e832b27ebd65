import { describe, expect, it } from 'vitest';
import type { Detection, Detector } from './detect/detector.js';
import type { Frame } from './frame.js';
import { createForeignModel, loadModel, toModelFile, type Model } from './model/load-model.js';
import { GraphBuilder } from './nn/graph-builder.js';
import { createAnalyzer } from './pipeline.js';

const LABELS = ['dark', 'bright'];

/** One grey value in, its comparison with mid-grey out: the mean m of the face gives softmax(−m, m), m in −1…1. */
async function makeModel(): Promise<Model> {
  const g = new GraphBuilder('brightness', [4, 4, 1]);
  const mean = g.globalAveragePooling2d(
    g.conv2d(g.input, { name: 'both', filters: 2, kernelSize: [1, 1], useBias: false }),
  );
  const graph = g.build(g.softmax(mean));
  const weights = new Map([['both/kernel', { shape: [1, 1, 1, 2], data: Float32Array.of(-1, 1) }]]);
  const bytes = toModelFile({ graph, weights, labels: LABELS, inputRange: [-1, 1] });
  return loadModel({ manifest: undefined, weights: bytes, source: 'test', id: 'brightness' });
}

/** Finds what it is told to: the pipeline's own part is everything else. */
function findAlways(detections: readonly Detection[]): Detector {
  return { id: 'fixed', detect: () => detections, dispose: () => undefined };
}

/** Dark left half, bright right half. */
const frame: Frame = {
  width: 64,
  height: 32,
  channels: 1,
  data: Uint8Array.from({ length: 64 * 32 }, (_, index) => (index % 64 < 32 ? 0 : 255)),
};
const DARK: Detection = { box: { x: 4, y: 4, width: 16, height: 16 }, score: 3 };
const BRIGHT: Detection = { box: { x: 40, y: 8, width: 16, height: 16 }, score: 9 };

describe('analyzeImage', () => {
  it('reads every face, in the order in which it was found', async () => {
    const analyzer = await createAnalyzer({ model: await makeModel(), detector: findAlways([BRIGHT, DARK]) });
    const analysis = analyzer.analyzeImage(frame);
    expect(analysis).toMatchObject({ width: 64, height: 32, model: 'brightness', detector: 'fixed' });
    expect(analysis.faces).toMatchObject([
      { ...BRIGHT, expression: 'bright' },
      { ...DARK, expression: 'dark' },
    ]);
    // softmax of (−1, 1): 1 / (1 + e²)
    expect(analysis.faces[0]?.probabilities['dark']).toBeCloseTo(1 / (1 + Math.exp(2)), 6);
    for (const { probabilities } of analysis.faces) {
      expect(Object.keys(probabilities)).toEqual(LABELS);
      expect(Object.values(probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    }
  });

  it('gives the same for a face alone and among fifty', async () => {
    const model = await makeModel();
    const alone = await createAnalyzer({ model, detector: findAlways([DARK]) });
    const crowd = await createAnalyzer({
      model,
      detector: findAlways(Array.from({ length: 50 }, (_, i) => (i === 37 ? DARK : BRIGHT))),
    });
    expect(crowd.analyzeImage(frame).faces[37]).toEqual(alone.analyzeImage(frame).faces[0]);
  });

  it('lets another engine compute a model that has no graph here', async () => {
    const parts = {
      manifest: undefined,
      bytes: new Uint8Array(),
      network: { name: 'elsewhere', inputShape: [4, 4, 1] },
      labels: LABELS,
      inputRange: [-1, 1],
      source: 'test',
      engine: 'a mean',
      createPredictor: () =>
        Promise.resolve({
          predict: (inputs: Float32Array, count: number) =>
            Float32Array.from({ length: count * 2 }, (_, at) =>
              inputs[(at >> 1) * 16] === (at & 1 ? 1 : -1) ? 1 : 0,
            ),
        }),
    } as const;
    const model = await createForeignModel(parts);
    const analyzer = await createAnalyzer({ model, detector: findAlways([BRIGHT, DARK]) });
    expect(analyzer.analyzeImage(frame).faces.map(({ expression }) => expression)).toEqual([
      'bright',
      'dark',
    ]);

    await expect(createForeignModel({ ...parts, labels: [] })).rejects.toThrow(
      'test: labels must be a list of 1 to 1000 names',
    );
    const network = { name: 'elsewhere', inputShape: [4, 4, 2] } as const;
    await expect(createForeignModel({ ...parts, network })).rejects.toThrow('takes 2 channels');
  });

  it('gives an empty list where no face is', async () => {
    const analyzer = await createAnalyzer({ model: await makeModel(), detector: findAlways([]) });
    expect(analyzer.analyzeImage(frame).faces).toEqual([]);
  });

  it('refuses a frame whose data does not fit, and use after dispose', async () => {
    const analyzer = await createAnalyzer({ model: await makeModel(), detector: findAlways([]) });
    expect(() => analyzer.analyzeImage({ ...frame, width: 65 })).toThrow(
      '65×32×1 needs 2080 samples, got 2048',
    );
    analyzer.dispose();
    expect(() => analyzer.analyzeImage(frame)).toThrow('used after dispose()');
  });
});
