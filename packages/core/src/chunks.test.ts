/** A video that is read in chunks gives what it gives in one go. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createAnalyzer, type AnalyzerOptions } from './analyzer.js';
import type { Detection, Detector } from './detect/detector.js';
import type { Frame } from './frame.js';
import type { Reading } from './reading.js';
import { makeBrightnessModel } from './testing/brightness-model.js';
import { createTestRandom } from './testing/test-random.js';

const CHUNK_MS = 1000;
const STEP_MS = 40;
const [WIDTH, HEIGHT] = [64, 36];
const FACES: readonly Detection[] = [
  { box: { x: 4, y: 4, width: 16, height: 16 }, score: 3 },
  { box: { x: 40, y: 8, width: 16, height: 16 }, score: 9 },
];
const LEFT = { x: 0, y: 0, width: WIDTH / 2, height: HEIGHT };
const RIGHT = { ...LEFT, x: WIDTH / 2 };

/** Finds what depends on the frame, and differently near a known place, in a part and in a search. */
const detector: Detector = {
  id: 'by-frame',
  trust: { lowScoreThreshold: 0, highScoreThreshold: 8 },
  searchParts: () => [LEFT, RIGHT],
  detectIn: ({ data }, parts) =>
    FACES.filter(({ box }) => parts.some((part) => (part.x === 0) === box.x < WIDTH / 2) && data[0]! % 3 > 0),
  detect: ({ data }) => FACES.filter((_, index) => (data[0]! + index) % 5 !== 0),
  detectAt: ({ data }, box) =>
    FACES.find((face, index) => face.box.x === box.x && (data[0]! + index) % 7 !== 0),
  dispose: () => undefined,
};

/** Smooth blobs; another seed is another shot. */
function draw(shot: number, index: number): Frame {
  const random = createTestRandom(shot * 977);
  const waves = Array.from({ length: 4 }, () => [random() * 0.3, random() * 0.3, random() * 6] as const);
  const data = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return 128 + waves.reduce((sum, [u, v, phase]) => sum + 25 * Math.sin(u * x + v * y + phase), 0);
  });
  data[0] = index;
  return { width: WIDTH, height: HEIGHT, channels: 1, data };
}
function black(index: number): Frame {
  const data = new Uint8Array(WIDTH * HEIGHT);
  data[0] = index;
  return { width: WIDTH, height: HEIGHT, channels: 1, data };
}

/**
 * Five chunks of 25 frames: a cut inside, a cut at a grid line, black across a grid line with another shot after it, the
 * same shot after black, and a chunk that is black as a whole.
 */
const FRAMES = Array.from({ length: 160 }, (_, index): Frame => {
  if (index < 13) return draw(1, index);
  if (index < 50) return draw(2, index);
  if (index < 70) return draw(3, index);
  if (index < 80) return black(index);
  if (index < 97) return draw(4, index);
  if (index < 103) return black(index);
  if (index < 120) return draw(4, index);
  if (index < 152) return black(index);
  return draw(5, index);
});
const CUTS = [13, 50, 80, 152];

let options: AnalyzerOptions;
beforeAll(async () => {
  options = { model: await makeBrightnessModel(), detector, chunkMs: CHUNK_MS };
});

const timeOf = (index: number) => index * STEP_MS;
async function inOneGo(chunkMs = CHUNK_MS) {
  const analyzer = await createAnalyzer({ ...options, chunkMs });
  return FRAMES.map((frame, index) => analyzer.analyzeFrame(frame, timeOf(index)));
}

/** As they are stored: text, with views only where they are needed. */
async function readChunk(chunk: number): Promise<string[]> {
  const analyzer = await createAnalyzer(options);
  const readings = FRAMES.flatMap((frame, index) =>
    Math.floor(timeOf(index) / CHUNK_MS) === chunk ? [analyzer.readFrame(frame, timeOf(index))] : [],
  );
  return readings.map(({ view, ...reading }, index) =>
    JSON.stringify({
      ...reading,
      ...((reading.cut === undefined || index === readings.length - 1) &&
        view && {
          view: { brightness: Array.from(view.brightness), colours: Array.from(view.colours) },
        }),
    }),
  );
}

describe('a video that is read in chunks', () => {
  it('gives the same bits as in one go, in any order of the chunks', async () => {
    const truth = await inOneGo();
    expect(truth.flatMap(({ cut }, index) => (cut === true ? [index] : []))).toEqual(CUTS);
    const chunks = new Map<number, string[]>();
    for (const chunk of [3, 0, 6, 5, 1, 4, 2]) chunks.set(chunk, await readChunk(chunk));
    const follower = await createAnalyzer(options);
    const followed = [0, 1, 2, 3, 4, 5, 6].flatMap((chunk) =>
      (chunks.get(chunk) ?? []).map((text) => follower.followReading(JSON.parse(text) as Reading)),
    );
    expect(JSON.stringify(followed)).toBe(JSON.stringify(truth));
    expect(() => follower.followReading(JSON.parse(chunks.get(0)?.[0] ?? '') as Reading)).toThrow(
      'must not go back',
    );
  });

  it('searches as a whole at each grid line', async () => {
    const searched = (await inOneGo()).map((analysis) => analysis.searched);
    for (let index = 0; index < FRAMES.length; index += CHUNK_MS / STEP_MS) {
      expect(searched[index], `frame ${index}`).toBe(true);
    }
    // Without the grid, the first frame after the second cut and others there are not.
    const without = (await inOneGo(Infinity)).map((analysis) => analysis.searched);
    expect(without.filter(Boolean).length).toBeLessThan(searched.filter(Boolean).length);
  });

  it('resumes across a grid line', async () => {
    const truth = await inOneGo();
    for (const stop of [24, 25, 26, 50, 51, 97]) {
      const analyzer = await createAnalyzer(options);
      for (const [index, result] of truth.slice(0, stop).entries()) {
        analyzer.replay(result, index === stop - 1 ? FRAMES[index] : undefined);
      }
      const rest = FRAMES.slice(stop).map((frame, index) =>
        analyzer.analyzeFrame(frame, timeOf(stop + index)),
      );
      expect(JSON.stringify(rest)).toBe(JSON.stringify(truth.slice(stop)));
    }
  });

  it('resumes after a cut to a shot without faces', async () => {
    const onlyFirstShot: Detector = {
      id: 'first-shot',
      dispose: () => undefined,
      detect: ({ data }) => (data[0]! < 13 ? FACES : []),
      detectAt: ({ data }, box) => (data[0]! < 13 ? FACES.find((face) => face.box.x === box.x) : undefined),
    };
    const create = () => createAnalyzer({ ...options, detector: onlyFirstShot });
    const frames = FRAMES.slice(0, 25);
    const whole = await create();
    const truth = frames.map((frame, index) => whole.analyzeFrame(frame, timeOf(index)));
    expect(truth[13]).toMatchObject({ cut: true, faces: [] });
    const analyzer = await create();
    for (const [index, result] of truth.slice(0, 16).entries()) analyzer.replay(result, FRAMES[index]);
    const rest = frames.slice(16).map((frame, index) => analyzer.analyzeFrame(frame, timeOf(16 + index)));
    expect(rest).toEqual(truth.slice(16));
  });

  it('refuses a length that is none', async () => {
    for (const chunkMs of [0, -1, NaN]) {
      await expect(createAnalyzer({ ...options, chunkMs })).rejects.toThrow('chunkMs must be more than 0');
    }
  });
});
