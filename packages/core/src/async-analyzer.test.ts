import { describe, expect, it } from 'vitest';
import { createAnalyzer } from './analyzer.js';
import { createAsyncAnalyzer, type AsyncAnalyzerOptions } from './async-analyzer.js';
import { createPredictor } from './classify/create-predictor.js';
import type { Detection, Detector } from './detect/detector.js';
import type { Frame } from './frame.js';
import { createAsyncExternalModel } from './model/load-model.js';
import { WHOLE_BOX } from './model/manifest.js';
import type { AsyncExternalModel, AsyncPredictor } from './model/model.js';
import { LABELS, makeBrightnessModel } from './testing/brightness-model.js';
import { createTestRandom } from './testing/test-random.js';

/** The brightness network behind an engine that answers late, and later for some batches than for others. */
async function makeExternalModel(changes: Partial<AsyncPredictor> = {}): Promise<AsyncExternalModel> {
  const predictor = await createPredictor(await makeBrightnessModel());
  let running = 0;
  let calls = 0;
  return createAsyncExternalModel({
    manifest: undefined,
    bytes: new Uint8Array(),
    network: { name: 'elsewhere', inputShape: [4, 4, 1] },
    labels: LABELS,
    inputRange: [-1, 1],
    crop: WHOLE_BOX,
    source: 'test',
    id: 'brightness',
    engine: 'a late one',
    createAsyncPredictor: () =>
      Promise.resolve({
        async predict(inputs: Float32Array, count: number) {
          if (++running > 1) throw new Error('a session runs one batch at a time');
          const turns = ++calls % 3;
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          running--;
          return predictor.predict(inputs, count);
        },
        ...changes,
      }),
  });
}

/** Two faces that drift apart; the second one is missing in every fifth frame. */
const detector: Detector = {
  id: 'drifting',
  detect: ({ data }) => {
    const at = data[0] ?? 0;
    const faces: Detection[] = [
      { box: { x: 4 + at / 8, y: 4, width: 16, height: 16 }, score: 9 },
      { box: { x: 40, y: 8 + at / 8, width: 16, height: 16 }, score: 3 },
    ];
    return at % 5 === 4 ? faces.slice(0, 1) : faces;
  },
  dispose: () => undefined,
};

const random = createTestRandom(7);
const FRAMES: readonly Frame[] = Array.from({ length: 40 }, (_, index) => {
  const data = Uint8Array.from({ length: 64 * 32 }, () => 128 + 127 * random());
  data[0] = index;
  return { width: 64, height: 32, channels: 1, data };
});
const [FIRST = { width: 0, height: 0, channels: 1, data: new Uint8Array() }] = FRAMES;

async function open(options: Partial<AsyncAnalyzerOptions> = {}) {
  return createAsyncAnalyzer({ model: await makeExternalModel(), detector, ...options });
}

describe('createAsyncAnalyzer', () => {
  it('gives the results of the synchronous analyzer when calls overlap, in their order', async () => {
    const synchronous = await createAnalyzer({ model: await makeBrightnessModel(), detector });
    const expected = FRAMES.map((frame, index) => synchronous.analyzeFrame(frame, index * 40));
    const analyzer = await open();
    const order: number[] = [];
    const actual = await Promise.all(
      FRAMES.map(async (frame, index) => {
        const analysis = await analyzer.analyzeFrame(frame, index * 40);
        order.push(index);
        return analysis;
      }),
    );
    expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
    expect(order).toEqual(FRAMES.map((_, index) => index));
  });

  it('gives the results of the synchronous analyzer for pictures, between the frames of a video', async () => {
    const synchronous = await createAnalyzer({ model: await makeBrightnessModel(), detector });
    const expected = synchronous.analyzeImage(FIRST);
    const analyzer = await open();
    const [, picture, , again] = await Promise.all([
      analyzer.analyzeFrame(FIRST, 0),
      analyzer.analyzeImage(FIRST),
      analyzer.analyzeFrame(FIRST, 40),
      analyzer.analyzeImage(FIRST),
    ]);
    expect(JSON.stringify([picture, again])).toBe(JSON.stringify([expected, expected]));
  });

  it('takes a model of this engine too', async () => {
    const model = await makeBrightnessModel();
    const synchronous = await createAnalyzer({ model, detector });
    const analyzer = await open({ model });
    expect(await analyzer.analyzeImage(FIRST)).toEqual(synchronous.analyzeImage(FIRST));
  });

  it('does not ask the engine about a frame without faces', async () => {
    const predict = () => Promise.reject(new Error('asked'));
    const analyzer = await open({
      model: await makeExternalModel({ predict }),
      detector: { ...detector, detect: () => [] },
    });
    expect((await analyzer.analyzeImage(FIRST)).faces).toEqual([]);
  });

  it('rejects a failed call only, and continues with the next one', async () => {
    const predictor = await createPredictor(await makeBrightnessModel());
    let calls = 0;
    const predict = (inputs: Float32Array, count: number) =>
      ++calls === 2
        ? Promise.reject(new Error('the engine failed'))
        : Promise.resolve(predictor.predict(inputs, count));
    const analyzer = await open({ model: await makeExternalModel({ predict }) });
    const results = await Promise.allSettled([
      analyzer.analyzeFrame(FIRST, 0),
      analyzer.analyzeFrame(FIRST, 40), // The engine fails.
      analyzer.analyzeFrame({ ...FIRST, width: 65 }, 80), // Not a frame.
      analyzer.analyzeFrame(FIRST, 120),
      analyzer.analyzeFrame(FIRST, 80), // Back in time.
      analyzer.analyzeFrame(FIRST, 160),
    ]);
    expect(results.map((it) => (it.status === 'fulfilled' ? 'ok' : String(it.reason)))).toEqual([
      'ok',
      'Error: the engine failed',
      'MienError: frame: 65×32×1 needs 2080 samples, got 2048',
      'ok',
      'MienError: analyzeFrame: timestampMs must not go back, got 80 after 120; call reset() before another video',
      'ok',
    ]);
    const last = results.at(-1);
    expect(last?.status === 'fulfilled' && last.value.faces.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('rejects an engine that returns another number of probabilities', async () => {
    const predict = () => Promise.resolve(new Float32Array(3));
    const analyzer = await open({ model: await makeExternalModel({ predict }) });
    await expect(analyzer.analyzeImage(FIRST)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: 'brightness: returned 3 numbers for 2 faces and 2 labels',
    });
  });

  it('keeps queued frames of a video together when reset is called between them', async () => {
    const analyzer = await open();
    const before = [analyzer.analyzeFrame(FIRST, 0), analyzer.analyzeFrame(FIRST, 200)];
    analyzer.reset();
    const after = analyzer.analyzeFrame(FIRST, 0);
    expect((await before[1])?.faces.map(({ id }) => id)).toEqual([1, 2]);
    expect((await after).faces.map(({ id }) => id)).toEqual([undefined, undefined]);
  });

  it('continues after replayed results', async () => {
    const whole = await open();
    const truth = await Promise.all(FRAMES.map((frame, index) => whole.analyzeFrame(frame, index * 40)));
    const analyzer = await open();
    for (const analysis of truth.slice(0, 17)) void analyzer.replay(analysis);
    const rest = await Promise.all(
      FRAMES.slice(17).map((frame, index) => analyzer.analyzeFrame(frame, (17 + index) * 40)),
    );
    expect(JSON.stringify(rest)).toBe(JSON.stringify(truth.slice(17)));
    await expect(analyzer.replay(truth[0]!)).rejects.toThrow('must not go back');
  });

  it('finishes earlier calls before it is disposed of, and rejects later ones', async () => {
    const events: string[] = [];
    const dispose = () => void events.push('session released');
    const analyzer = await open({ model: await makeExternalModel({ dispose }) });
    const call = analyzer.analyzeImage(FIRST).then(() => events.push('result'));
    const disposed = analyzer.dispose().then(() => events.push('disposed'));
    await expect(analyzer.analyzeImage(FIRST)).rejects.toMatchObject({ code: 'USAGE' });
    await Promise.all([call, disposed, analyzer.dispose()]);
    expect(events).toEqual(['result', 'session released', 'disposed']);
  });
});
