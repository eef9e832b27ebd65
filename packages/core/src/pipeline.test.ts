import { describe, expect, it } from 'vitest';
import type { Detection, Detector } from './detect/detector.js';
import type { Frame } from './frame.js';
import type { Box } from './geometry/box.js';
import { createForeignModel, loadModel, toModelFile, type Model } from './model/load-model.js';
import { WHOLE_BOX, type CropGeometry } from './model/manifest.js';
import { DEFAULT_QUALITY, type QualityThresholds } from './model/quality-thresholds.js';
import { GraphBuilder } from './nn/graph-builder.js';
import { createAnalyzer, type AnalyzerOptions } from './pipeline.js';
import type { Analysis } from './result.js';

const LABELS = ['dark', 'bright'];

/** One grey value in, its comparison with mid-grey out: the mean m of the face gives softmax(−m, m), m in −1…1. */
async function makeModel(): Promise<Model> {
  const g = new GraphBuilder('brightness', [4, 4, 1]);
  const mean = g.globalAveragePooling2d(
    g.conv2d(g.input, { name: 'both', filters: 2, kernelSize: [1, 1], useBias: false }),
  );
  const graph = g.build(g.softmax(mean));
  const weights = new Map([['both/kernel', { shape: [1, 1, 1, 2], data: Float32Array.of(-1, 1) }]]);
  const bytes = toModelFile({ graph, weights, labels: LABELS, inputRange: [-1, 1], crop: WHOLE_BOX });
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
const LEFT: Box = { x: 0, y: 0, width: 32, height: 32 };
const RIGHT: Box = { ...LEFT, x: 32 };
const isIn = ({ box }: Detection, part: Box) => box.x >= part.x && box.x < part.x + part.width;
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
      crop: WHOLE_BOX,
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

describe('the crop', () => {
  // Upright its left half is read; upside down the right one: which of the two was read shows.
  const [rightEye, leftEye] = [
    { x: 40, y: 18 },
    { x: 24, y: 18 },
  ];
  const keyPoints = { rightEye, leftEye, noseTip: rightEye, mouth: { x: 32, y: 4 } };
  const face: Detection = { box: { x: 24, y: 8, width: 16, height: 16 }, score: 3, keyPoints };
  const crop = { scale: 1, offsetX: -0.6, offsetY: 0 };
  const read = async (geometry: CropGeometry, detections: readonly Detection[]) => {
    const model = await makeModel();
    const manifest = { ...model.manifest, crop: geometry };
    const detector = findAlways(detections);
    const analyzer = await createAnalyzer({ model: { ...model, manifest }, detector });
    return analyzer.analyzeImage(frame).faces;
  };

  it('turns with the head only for a model that asks for it, and where the detector knows points', async () => {
    const { box, score } = face;
    const expressions = async (geometry: CropGeometry) =>
      (await read(geometry, [face, { box, score }])).map(({ expression }) => expression);
    expect(await expressions(crop)).toEqual(['dark', 'dark']);
    expect(await expressions({ ...crop, upright: true })).toEqual(['bright', 'dark']);
  });

  it('shows a face that the picture cuts off as it shows a whole one, and says how much is missing', async () => {
    const wholeBox = { x: -8, y: 8, width: 16, height: 16 };
    const cut = { box: { x: 0, y: 8, width: 8, height: 16 }, score: 3 };
    const [found] = await read(WHOLE_BOX, [{ ...cut, wholeBox }]);
    expect(found?.quality.measures).toMatchObject({ outside: 0.5, sidePx: 16 });
    expect(found).toMatchObject(cut);
    expect(found).not.toHaveProperty('wholeBox'); // What is in the picture is enough for a result.
    const [whole] = await read(WHOLE_BOX, [cut]);
    expect(whole?.quality.measures).toMatchObject({ outside: 0.25 });
  });
});

describe('calibration', () => {
  it("divides the logits by the manifest's temperature", async () => {
    const model = await makeModel();
    const manifest = { ...model.manifest, calibration: { temperature: 2 } };
    const analyzer = await createAnalyzer({ model: { ...model, manifest }, detector: findAlways([BRIGHT]) });
    const [face] = analyzer.analyzeImage(frame).faces;
    // softmax of (−1, 1) / 2: 1 / (1 + e)
    expect(face?.probabilities['dark']).toBeCloseTo(1 / (1 + Math.E), 6);
    expect(face?.expression).toBe('bright');
  });
});

describe('quality', () => {
  const analyse = async (detections: readonly Detection[], options?: Partial<Detector>) => {
    const detector = { ...findAlways(detections), ...options };
    const analyzer = await createAnalyzer({ model: await makeModel(), detector });
    return analyzer.analyzeImage(frame).faces;
  };

  it('measures what the model reads, and is unsure of what is not good', async () => {
    const [face] = await analyse([DARK]);
    expect(face).toMatchObject({
      quality: {
        verdict: 'small',
        measures: { sidePx: 16, brightness: 0, contrast: 0, sharpness: 0, outside: 0 },
      },
      unsure: true,
    });
  });

  it('takes thresholds from the manifest, each by itself', async () => {
    const model = await makeModel();
    const lenient = { ...DEFAULT_QUALITY, minSidePx: 10, minSharpness: 0, minBrightness: 0 };
    const verdictOf = async (quality: QualityThresholds) => {
      const manifest = { ...model.manifest, quality };
      const analyzer = await createAnalyzer({ model: { ...model, manifest }, detector: findAlways([DARK]) });
      const [face] = analyzer.analyzeImage(frame).faces;
      return [face?.quality.verdict, face?.unsure];
    };
    // The brightness model is certain of the dark face: 0.88 against 0.12.
    expect(await verdictOf(lenient)).toEqual(['good', false]);
    expect(await verdictOf({ ...lenient, minMargin: 0.8 })).toEqual(['good', true]);
    expect(await verdictOf({ ...lenient, minBrightness: 0.01 })).toEqual(['dark', true]);
  });

  it('doubts finds of a score that the detector calls doubtful', async () => {
    const faces = await analyse([BRIGHT, DARK], { trust: { doubtfulBelow: 5, sureFrom: 8 } });
    expect(faces.map(({ quality }) => quality.verdict === 'notAFace')).toEqual([false, true]);
  });
});

describe('analyzeFrame', () => {
  /** The dark half and the bright one change places at a moment: the face in the middle of the left one goes along. */
  const bright: Frame = { ...frame, data: frame.data.map((value) => 255 - value) };
  const follow = async (options: Partial<AnalyzerOptions> = {}) =>
    createAnalyzer({ model: await makeModel(), detector: findAlways([BRIGHT, DARK]), ...options });

  it('refuses reaction times and moments that are none, and time that goes back until reset', async () => {
    for (const reactMs of [-1, NaN, 60_001]) {
      await expect(follow({ reactMs })).rejects.toThrow('reactMs must be from 0 to 60000');
    }
    const analyzer = await follow();
    expect(() => analyzer.analyzeFrame(frame, NaN)).toThrow('timestampMs must be a number of milliseconds');
    analyzer.analyzeFrame(frame, 500);
    expect(() => analyzer.analyzeFrame(frame, 499)).toThrow(
      'must not go back, got 499 after 500; call reset()',
    );
    analyzer.reset();
    expect(analyzer.analyzeFrame(frame, 0).timestampMs).toBe(0);
    analyzer.dispose();
    expect(() => analyzer.analyzeFrame(frame, 1)).toThrow('used after dispose()');
  });

  it('says of a moment all that it says of a picture, and who it is and what it shows over time', async () => {
    const analyzer = await follow();
    analyzer.analyzeFrame(frame, 0);
    const moment = analyzer.analyzeFrame(frame, 200);
    const picture = analyzer.analyzeImage(frame);
    expect(moment).toMatchObject({ ...picture, timestampMs: 200 });
    expect(moment.faces.map(({ id }) => id)).toEqual([1, 2]);
    expect(moment.faces.map(({ smoothed }) => smoothed?.expression)).toEqual(['bright', 'dark']);
    expect(picture.faces.some((face) => 'id' in face || 'smoothed' in face)).toBe(false);
    expect('timestampMs' in picture).toBe(false);
  });

  it('gives an id at once to what the detector is sure of, and to others a moment later', async () => {
    const detector = { ...findAlways([BRIGHT, DARK]), trust: { doubtfulBelow: 0, sureFrom: 8 } };
    const analyzer = await follow({ detector });
    expect(analyzer.analyzeFrame(frame, 0).faces.map(({ id }) => id)).toEqual([1, undefined]);
    expect(analyzer.analyzeFrame(frame, 100).faces.map(({ id }) => id)).toEqual([1, 2]);
    analyzer.reset();
    expect(analyzer.analyzeFrame(frame, 0).faces.map(({ id }) => id)).toEqual([1, undefined]);
  });

  it('shows a change after the reaction time, the raw reading at once', async () => {
    const analyzer = await follow({ reactMs: 400 });
    const shown: Record<number, [raw: string | undefined, steady: string | undefined]> = {};
    for (let ms = 0; ms <= 2000; ms += 100) {
      const [face] = analyzer.analyzeFrame(ms < 1000 ? frame : bright, ms).faces;
      shown[ms] = [face?.expression, face?.smoothed?.expression];
    }
    expect(shown[900]).toEqual(['bright', 'bright']);
    expect(shown[1000]).toEqual(['dark', 'bright']);
    expect(shown[1200]).toEqual(['dark', 'bright']);
    expect(shown[1500]).toEqual(['dark', 'dark']);
  });

  it('gives the same at a fixed interval, whatever rate the frames come at', async () => {
    const read = async (framesPerSecond: number): Promise<Analysis[]> => {
      const analyzer = await follow();
      const moments: Analysis[] = [];
      let next = 0;
      for (let index = 0; index / framesPerSecond <= 3; index++) {
        const ms = (1000 * index) / framesPerSecond;
        if (ms < next - 1e-6) continue;
        moments.push(analyzer.analyzeFrame(ms % 1000 < 500 ? frame : bright, next));
        next += 200;
      }
      return moments;
    };
    const [first, ...others] = await Promise.all([25, 30, 50, 60].map(read));
    expect(first?.length).toBe(16);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(['whole', 'in parts'])(
    'goes on from stored results as if it had never stopped (%s)',
    async (kind) => {
      // Finds come and go, so that ids, gaps and doubtful ones are under way wherever the work stops.
      const makeDetector = (): Detector => ({
        id: 'by-frame',
        ...(kind === 'in parts' && {
          searchParts: () => [LEFT, RIGHT],
          detectIn: ({ data }, parts) =>
            [BRIGHT, DARK].filter(
              (found) => parts.some((part) => isIn(found, part)) && (data[0] ?? 0) % 3 > 0,
            ),
        }),
        detect: ({ data }) => [BRIGHT, DARK].filter((_, index) => ((data[0] ?? 0) + index) % 5 !== 0),
        detectAt: ({ data }, box) =>
          [BRIGHT, DARK].find((found, index) => found.box.x === box.x && ((data[0] ?? 0) + index) % 7 !== 0),
        dispose: () => undefined,
      });
      const frames = Array.from({ length: 60 }, (_, index) => {
        const data = (index % 20 < 10 ? frame : bright).data.slice();
        data[0] = index;
        return { ...frame, data };
      });
      const whole = await follow({ detector: makeDetector() });
      const truth = frames.map((picture, index) => whole.analyzeFrame(picture, index * 40));
      for (const stop of [1, 7, 23, 41]) {
        const analyzer = await follow({ detector: makeDetector() });
        const stored = JSON.parse(JSON.stringify(truth.slice(0, stop))) as Analysis[];
        for (const moment of stored) analyzer.recall(moment);
        const rest = frames
          .slice(stop)
          .map((picture, index) => analyzer.analyzeFrame(picture, (stop + index) * 40));
        expect(JSON.stringify(rest)).toBe(JSON.stringify(truth.slice(stop)));
      }
      whole.recall(whole.analyzeImage(frame)); // Of no time, so nothing is to be noted.
      expect(() => truth.forEach((moment) => whole.recall(moment))).toThrow('must not go back');
    },
  );

  it('looks only where faces were between searches, and searches at once when one is gone', async () => {
    const calls: string[] = [];
    let here = [BRIGHT, DARK];
    const detector: Detector = {
      id: 'counted',
      detect: () => (calls.push('search'), here),
      detectAt: (_, box) => (calls.push('look'), here.find((found) => found.box.x === box.x)),
      dispose: () => undefined,
    };
    const analyzer = await follow({ detector });
    const callsAt = (ms: number) => {
      calls.length = 0;
      const { faces } = analyzer.analyzeFrame(frame, ms);
      return [...calls, faces.length];
    };
    expect(callsAt(0)).toEqual(['search', 2]);
    expect(callsAt(100)).toEqual(['look', 'look', 2]);
    here = [BRIGHT];
    expect(callsAt(200)).toEqual(['look', 'look', 'search', 1]);
    expect(callsAt(240)).toEqual(['look', 1]);
    here = [];
    expect(callsAt(245)).toEqual(['look', 'search', 0]);
    expect(callsAt(248)).toEqual(['search', 0]);
    here = [DARK];
    expect(callsAt(249)).toEqual(['search', 1]);
    expect(callsAt(249.9)).toEqual(['look', 1]);
    expect(callsAt(498.9)).toEqual(['look', 1]);
    expect(callsAt(499)).toEqual(['search', 1]); // 250 ms after the last one.
  });

  describe('with a detector that searches in parts', () => {
    /** Sees what is there; `calls` says where it looked in each moment. */
    async function followInParts() {
      const state = { here: [DARK], calls: [] as string[] };
      const detector: Detector = {
        id: 'in parts',
        detect: () => (state.calls.push('search'), state.here),
        detectAt: (_, box) => (state.calls.push('look'), state.here.find((found) => found.box.x === box.x)),
        searchParts: () => [LEFT, RIGHT],
        detectIn: (_, parts) => (
          state.calls.push(...parts.map((part) => (part === LEFT ? 'left' : 'right'))),
          state.here.filter((found) => parts.some((part) => isIn(found, part)))
        ),
        dispose: () => undefined,
      };
      const analyzer = await follow({ detector });
      const moment = (ms: number) => {
        state.calls = [];
        const { faces, searched } = analyzer.analyzeFrame(frame, ms);
        return { faces: faces.map(({ box }) => box.x), calls: state.calls, searched };
      };
      return { state, moment };
    }

    it('searches one part after the other, and looks nowhere twice', async () => {
      const { state, moment } = await followInParts();
      expect(moment(0)).toEqual({ faces: [4], calls: ['search'], searched: true });
      expect(moment(40).calls).toEqual(['look']);
      expect(moment(125)).toEqual({ faces: [4], calls: ['left'], searched: false });
      expect(moment(249).calls).toEqual(['look']);
      expect(moment(260).calls).toEqual(['right', 'look']);
      expect(moment(375).calls).toEqual(['left']); // Their pace is kept: not 125 ms after 260.
      state.here = [DARK, BRIGHT];
      expect(moment(490)).toMatchObject({ faces: [4], calls: ['look'] });
      expect(moment(500)).toMatchObject({ faces: [4, 40], calls: ['right', 'look'] });
      expect(moment(510)).toMatchObject({ faces: [4, 40], calls: ['look', 'look'] });
      state.here = [BRIGHT];
      expect(moment(520)).toEqual({ faces: [40], calls: ['look', 'search'], searched: true });
      expect(moment(644).calls).toEqual(['look']);
      expect(moment(645).calls).toEqual(['left', 'look']);
      expect(moment(895).calls).toEqual(['search']); // Both parts are due.
    });

    it.each([5, 10, 25, 30, 60])(
      'sees someone new within 250 ms and a moment, at %i a second',
      async (rate) => {
        const { state, moment } = await followInParts();
        for (let index = 0; index <= 2 * rate; index++) moment((1000 * index) / rate);
        const cameMs = 2000 + 500 / rate;
        state.here = [DARK, BRIGHT];
        for (let index = 2 * rate + 1; ; index++) {
          const ms = (1000 * index) / rate;
          if (moment(ms).faces.length < 2) continue;
          expect(ms - cameMs).toBeLessThanOrEqual(250 + 1000 / rate);
          break;
        }
      },
    );
  });
});
