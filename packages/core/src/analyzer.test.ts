import { describe, expect, it } from 'vitest';
import { createAnalyzer, type AnalyzerOptions } from './analyzer.js';
import type { Detection, Detector } from './detect/detector.js';
import type { Frame } from './frame.js';
import type { Box } from './geometry/box.js';
import { createExternalModel } from './model/load-model.js';
import { WHOLE_BOX, type CropGeometry } from './model/manifest.js';
import { DEFAULT_QUALITY, type QualityThresholds } from './model/quality-thresholds.js';
import type { Analysis } from './result.js';
import { LABELS, makeBrightnessModel as makeModel } from './testing/brightness-model.js';

/** A detector with fixed results, so that the tests cover the rest of the pipeline. */
function fixedDetector(detections: readonly Detection[]): Detector {
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
  it('reads every face, in the order of the detections', async () => {
    const analyzer = await createAnalyzer({
      model: await makeModel(),
      detector: fixedDetector([BRIGHT, DARK]),
    });
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

  it('gives the same result for a face alone and among fifty', async () => {
    const model = await makeModel();
    const alone = await createAnalyzer({ model, detector: fixedDetector([DARK]) });
    const crowd = await createAnalyzer({
      model,
      detector: fixedDetector(Array.from({ length: 50 }, (_, i) => (i === 37 ? DARK : BRIGHT))),
    });
    expect(crowd.analyzeImage(frame).faces[37]).toEqual(alone.analyzeImage(frame).faces[0]);
  });

  it('runs an external model in its own engine', async () => {
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
    const model = await createExternalModel(parts);
    const analyzer = await createAnalyzer({ model, detector: fixedDetector([BRIGHT, DARK]) });
    expect(analyzer.analyzeImage(frame).faces.map(({ expression }) => expression)).toEqual([
      'bright',
      'dark',
    ]);

    await expect(createExternalModel({ ...parts, labels: [] })).rejects.toThrow(
      'test: labels must be a list of 1 to 1000 names',
    );
    const network = { name: 'elsewhere', inputShape: [4, 4, 2] } as const;
    await expect(createExternalModel({ ...parts, network })).rejects.toThrow('takes 2 channels');
  });

  it('returns an empty list for no faces', async () => {
    const analyzer = await createAnalyzer({ model: await makeModel(), detector: fixedDetector([]) });
    expect(analyzer.analyzeImage(frame).faces).toEqual([]);
  });

  it('rejects frames of the wrong size, and use after dispose', async () => {
    const analyzer = await createAnalyzer({ model: await makeModel(), detector: fixedDetector([]) });
    expect(() => analyzer.analyzeImage({ ...frame, width: 65 })).toThrow(
      '65×32×1 needs 2080 samples, got 2048',
    );
    analyzer.dispose();
    expect(() => analyzer.analyzeImage(frame)).toThrow('used after dispose()');
  });
});

describe('the crop', () => {
  // A level crop shows the dark half, an upright one the bright half: the expression tells which crop was read.
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
    const detector = fixedDetector(detections);
    const analyzer = await createAnalyzer({ model: { ...model, manifest }, detector });
    return analyzer.analyzeImage(frame).faces;
  };

  it('is rotated with the head only if the manifest asks for it and the detector gives key points', async () => {
    const { box, score } = face;
    const expressions = async (geometry: CropGeometry) =>
      (await read(geometry, [face, { box, score }])).map(({ expression }) => expression);
    expect(await expressions(crop)).toEqual(['dark', 'dark']);
    expect(await expressions({ ...crop, upright: true })).toEqual(['bright', 'dark']);
  });

  it('shows a face that the border cuts at the scale of a whole one, and measures how much is missing', async () => {
    const wholeBox = { x: -8, y: 8, width: 16, height: 16 };
    const cut = { box: { x: 0, y: 8, width: 8, height: 16 }, score: 3 };
    const [found] = await read(WHOLE_BOX, [{ ...cut, wholeBox }]);
    expect(found?.quality.measures).toMatchObject({ outside: 0.5, sidePx: 16 });
    expect(found).toMatchObject(cut);
    expect(found).not.toHaveProperty('wholeBox'); // Results hold the clipped box only.
    const [whole] = await read(WHOLE_BOX, [cut]);
    expect(whole?.quality.measures).toMatchObject({ outside: 0.25 });
  });
});

describe('calibration', () => {
  it("divides the logits by the manifest's temperature", async () => {
    const model = await makeModel();
    const manifest = { ...model.manifest, calibration: { temperature: 2 } };
    const analyzer = await createAnalyzer({
      model: { ...model, manifest },
      detector: fixedDetector([BRIGHT]),
    });
    const [face] = analyzer.analyzeImage(frame).faces;
    // softmax of (−1, 1) / 2: 1 / (1 + e)
    expect(face?.probabilities['dark']).toBeCloseTo(1 / (1 + Math.E), 6);
    expect(face?.expression).toBe('bright');
  });
});

describe('quality', () => {
  const analyse = async (detections: readonly Detection[], options?: Partial<Detector>) => {
    const detector = { ...fixedDetector(detections), ...options };
    const analyzer = await createAnalyzer({ model: await makeModel(), detector });
    return analyzer.analyzeImage(frame).faces;
  };

  it('measures the crop of the model, and is unsure if the quality is not good', async () => {
    const [face] = await analyse([DARK]);
    expect(face).toMatchObject({
      quality: {
        verdict: 'small',
        measures: { sidePx: 16, brightness: 0, contrast: 0, sharpness: 0, outside: 0 },
      },
      unsure: true,
    });
  });

  it('takes each threshold from the manifest', async () => {
    const model = await makeModel();
    const lenient = { ...DEFAULT_QUALITY, minSidePx: 10, minSharpness: 0, minBrightness: 0 };
    const verdictOf = async (quality: QualityThresholds) => {
      const manifest = { ...model.manifest, quality };
      const analyzer = await createAnalyzer({
        model: { ...model, manifest },
        detector: fixedDetector([DARK]),
      });
      const [face] = analyzer.analyzeImage(frame).faces;
      return [face?.quality.verdict, face?.unsure];
    };
    // The brightness model is certain of the dark face: 0.88 against 0.12.
    expect(await verdictOf(lenient)).toEqual(['good', false]);
    expect(await verdictOf({ ...lenient, minMargin: 0.8 })).toEqual(['good', true]);
    expect(await verdictOf({ ...lenient, minBrightness: 0.01 })).toEqual(['dark', true]);
  });

  it('doubts detections below the low score threshold', async () => {
    const faces = await analyse([BRIGHT, DARK], { trust: { lowScoreThreshold: 5, highScoreThreshold: 8 } });
    expect(faces.map(({ quality }) => quality.verdict === 'notAFace')).toEqual([false, true]);
  });
});

describe('analyzeFrame', () => {
  /** The frame with its dark and bright halves swapped. */
  const bright: Frame = { ...frame, data: frame.data.map((value) => 255 - value) };
  const follow = async (options: Partial<AnalyzerOptions> = {}) =>
    createAnalyzer({ model: await makeModel(), detector: fixedDetector([BRIGHT, DARK]), ...options });

  it('rejects invalid response times and timestamps, and time that goes back without reset', async () => {
    for (const responseTimeMs of [-1, NaN, 60_001]) {
      await expect(follow({ responseTimeMs })).rejects.toThrow('responseTimeMs must be from 0 to 60000');
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

  it('returns the fields of a picture, and also ids and smoothed expressions', async () => {
    const analyzer = await follow();
    analyzer.analyzeFrame(frame, 0);
    const result = analyzer.analyzeFrame(frame, 200);
    const picture = analyzer.analyzeImage(frame);
    expect(result).toMatchObject({ ...picture, timestampMs: 200 });
    expect(result.faces.map(({ id }) => id)).toEqual([1, 2]);
    expect(result.faces.map(({ smoothed }) => smoothed?.expression)).toEqual(['bright', 'dark']);
    expect(picture.faces.some((face) => 'id' in face || 'smoothed' in face)).toBe(false);
    expect('timestampMs' in picture).toBe(false);
  });

  it('gives an id at once above the high score threshold, otherwise after confirmation', async () => {
    const detector = {
      ...fixedDetector([BRIGHT, DARK]),
      trust: { lowScoreThreshold: 0, highScoreThreshold: 8 },
    };
    const analyzer = await follow({ detector });
    expect(analyzer.analyzeFrame(frame, 0).faces.map(({ id }) => id)).toEqual([1, undefined]);
    expect(analyzer.analyzeFrame(frame, 100).faces.map(({ id }) => id)).toEqual([1, 2]);
    analyzer.reset();
    expect(analyzer.analyzeFrame(frame, 0).faces.map(({ id }) => id)).toEqual([1, undefined]);
  });

  it('shows a change after the response time, and the reading of the frame at once', async () => {
    const analyzer = await follow({ responseTimeMs: 400 });
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

  it('gives the same results at a fixed interval for any frame rate', async () => {
    const read = async (framesPerSecond: number): Promise<Analysis[]> => {
      const analyzer = await follow();
      const results: Analysis[] = [];
      let next = 0;
      for (let index = 0; index / framesPerSecond <= 3; index++) {
        const ms = (1000 * index) / framesPerSecond;
        if (ms < next - 1e-6) continue;
        results.push(analyzer.analyzeFrame(ms % 1000 < 500 ? frame : bright, next));
        next += 200;
      }
      return results;
    };
    const [first, ...others] = await Promise.all([25, 30, 50, 60].map(read));
    expect(first?.length).toBe(16);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(['whole', 'in parts'])(
    'continues from replayed results as if it had never stopped (%s)',
    async (kind) => {
      // Faces come and go, so that there are ids, gaps and unconfirmed faces at every stop.
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
        for (const result of stored) analyzer.replay(result);
        const rest = frames
          .slice(stop)
          .map((picture, index) => analyzer.analyzeFrame(picture, (stop + index) * 40));
        expect(JSON.stringify(rest)).toBe(JSON.stringify(truth.slice(stop)));
      }
      whole.replay(whole.analyzeImage(frame)); // A picture has no time and is ignored.
      expect(() => truth.forEach((result) => whole.replay(result))).toThrow('must not go back');
    },
  );

  it('detects faces near their places between searches, and searches at once when one is gone', async () => {
    const calls: string[] = [];
    let here = [BRIGHT, DARK];
    const detector: Detector = {
      id: 'counted',
      detect: () => (calls.push('search'), here),
      detectAt: (_, box) => (calls.push('near'), here.find((found) => found.box.x === box.x)),
      dispose: () => undefined,
    };
    const analyzer = await follow({ detector });
    const callsAt = (ms: number) => {
      calls.length = 0;
      const { faces } = analyzer.analyzeFrame(frame, ms);
      return [...calls, faces.length];
    };
    expect(callsAt(0)).toEqual(['search', 2]);
    expect(callsAt(100)).toEqual(['near', 'near', 2]);
    here = [BRIGHT];
    expect(callsAt(200)).toEqual(['near', 'near', 'search', 1]);
    expect(callsAt(240)).toEqual(['near', 1]);
    here = [];
    expect(callsAt(245)).toEqual(['near', 'search', 0]);
    expect(callsAt(248)).toEqual(['search', 0]);
    here = [DARK];
    expect(callsAt(249)).toEqual(['search', 1]);
    expect(callsAt(249.9)).toEqual(['near', 1]);
    expect(callsAt(498.9)).toEqual(['near', 1]);
    expect(callsAt(499)).toEqual(['search', 1]); // 250 ms after the last search.
  });

  describe('with a detector that searches in parts', () => {
    /** Detects the faces in `here`; `calls` lists the detector's calls for each frame. */
    async function followInParts() {
      const state = { here: [DARK], calls: [] as string[] };
      const detector: Detector = {
        id: 'in parts',
        detect: () => (state.calls.push('search'), state.here),
        detectAt: (_, box) => (state.calls.push('near'), state.here.find((found) => found.box.x === box.x)),
        searchParts: () => [LEFT, RIGHT],
        detectIn: (_, parts) => (
          state.calls.push(...parts.map((part) => (part === LEFT ? 'left' : 'right'))),
          state.here.filter((found) => parts.some((part) => isIn(found, part)))
        ),
        dispose: () => undefined,
      };
      const analyzer = await follow({ detector });
      const analyse = (ms: number) => {
        state.calls = [];
        const { faces, searched } = analyzer.analyzeFrame(frame, ms);
        return { faces: faces.map(({ box }) => box.x), calls: state.calls, searched };
      };
      return { state, analyse };
    }

    it('searches one part after the other, and detects no face twice', async () => {
      const { state, analyse } = await followInParts();
      expect(analyse(0)).toEqual({ faces: [4], calls: ['search'], searched: true });
      expect(analyse(40).calls).toEqual(['near']);
      expect(analyse(125)).toEqual({ faces: [4], calls: ['left'], searched: false });
      expect(analyse(249).calls).toEqual(['near']);
      expect(analyse(260).calls).toEqual(['right', 'near']);
      expect(analyse(375).calls).toEqual(['left']); // On schedule, not 125 ms after 260.
      state.here = [DARK, BRIGHT];
      expect(analyse(490)).toMatchObject({ faces: [4], calls: ['near'] });
      expect(analyse(500)).toMatchObject({ faces: [4, 40], calls: ['right', 'near'] });
      expect(analyse(510)).toMatchObject({ faces: [4, 40], calls: ['near', 'near'] });
      state.here = [BRIGHT];
      expect(analyse(520)).toEqual({ faces: [40], calls: ['near', 'search'], searched: true });
      expect(analyse(644).calls).toEqual(['near']);
      expect(analyse(645).calls).toEqual(['left', 'near']);
      expect(analyse(895).calls).toEqual(['search']); // Both parts are due.
    });

    it.each([5, 10, 25, 30, 60])(
      'detects a new face within 250 ms and one frame, at %i frames per second',
      async (rate) => {
        const { state, analyse } = await followInParts();
        for (let index = 0; index <= 2 * rate; index++) analyse((1000 * index) / rate);
        const cameMs = 2000 + 500 / rate;
        state.here = [DARK, BRIGHT];
        for (let index = 2 * rate + 1; ; index++) {
          const ms = (1000 * index) / rate;
          if (analyse(ms).faces.length < 2) continue;
          expect(ms - cameMs).toBeLessThanOrEqual(250 + 1000 / rate);
          break;
        }
      },
    );
  });
});
