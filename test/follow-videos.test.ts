/**
 * Synthetic videos with a known ground truth (test/synthetic-video), analysed with the real detectors and model: ids must match
 * the drawn people, and shown expressions must follow the drawn ones in time.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createAnalyzer,
  createBlazeFaceDetector,
  createHaarDetector,
  loadModel,
  type Analyzer,
  type Detector,
  type Model,
} from '@mien/core';
import { createSampler } from '../packages/node/src/sources/sampling.js';
import { judgeFollowing } from './synthetic-video/judge-following.js';
import { timesOf } from './synthetic-video/synthetic-video.js';
import { createScenes, type SceneName } from './synthetic-video/scenes.js';
import { loadCast } from './synthetic-video/sprites.js';
import { watch } from './synthetic-video/watch.js';

const REACT_MS = 300;
/** A new person is detected within this time; the core's SEARCH_EVERY_MS. */
const SEARCH_MS = 250;

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const readModel = async (folder: string) => ({
  manifest: JSON.parse(await readFile(fileOf(`models/${folder}/manifest.json`), 'utf8')) as unknown,
  weights: await readFile(fileOf(`models/${folder}/weights.safetensors`)),
  source: folder,
});

let model: Model;
let detectors: Readonly<Record<'blazeface' | 'haar', Detector>>;
let scenes: ReturnType<typeof createScenes>;
beforeAll(async () => {
  model = await loadModel(await readModel('mini-xception'));
  detectors = {
    blazeface: await createBlazeFaceDetector({
      model: await readModel('blazeface-short-range'),
      mode: 'camera',
    }),
    haar: await createHaarDetector({
      cascade: await readFile(fileOf('models/haar-frontalface/cascade.bin')),
      scaleFactor: 1.2,
      minSize: 40,
    }),
  };
  scenes = createScenes(await loadCast());
});

async function withAnalyzer<Result>(
  detector: Detector,
  use: (analyzer: Analyzer) => Promise<Result>,
): Promise<Result> {
  const analyzer = await createAnalyzer({ model, detector, responseTimeMs: REACT_MS });
  try {
    return await use(analyzer);
  } finally {
    analyzer.dispose();
  }
}

const follow = (name: SceneName, times: (seconds: number) => number[], detector: Detector) =>
  withAnalyzer(detector, async (analyzer) => {
    const { [name]: take } = scenes;
    const course = await watch(analyzer, take, times(take.seconds));
    return { course, report: judgeFollowing(course, take.scene.actors.length) };
  });

/** The longest time between two frames. */
const longestStep = (times: readonly number[]) =>
  Math.max(...times.slice(1).map((ms, index) => ms - (times[index] ?? 0)));

const constant = (seconds: number) => timesOf(seconds, 10);
/** About 12 frames per second, some of them dropped. */
const variable = (seconds: number) => timesOf(seconds, 12, 'variable');

/** Scenes in which everybody keeps one id: nobody is hidden for more than a second. */
const ONE_ID_EACH = [
  'moving',
  'coming closer',
  'shaking the head',
  'three of them',
  'crossing',
  'passing behind',
  'passing behind in a hurry',
  'meeting and going back',
  'crossing to and fro',
  'hidden for 0.9 s',
  'hidden while another passes',
  'hand-held',
  'compressed',
  'dusk',
  'somebody else comes',
] as const satisfies readonly SceneName[];

/** The hardest scenes at an irregular frame rate. */
const HARDEST = [
  'shaking the head',
  'passing behind in a hurry',
  'meeting and going back',
  'hidden for 0.9 s',
  'somebody else comes',
] as const satisfies readonly SceneName[];

describe.each([
  ['at a constant rate', constant, ONE_ID_EACH],
  ['at a rate that varies', variable, HARDEST],
] as const)('blazeface, %s', (_, times, names) => {
  it.each(names)(
    '%s: keeps one id per person, has no false detections, and finds new people in time',
    async (name) => {
      const { report, course } = await follow(name, times, detectors.blazeface);
      const ids = report.actors.map(({ ids }) => ids);
      expect(ids.map((of) => of.length)).toEqual(ids.map(() => 1));
      expect(new Set(ids.flat()).size).toBe(ids.length);
      expect(report).toMatchObject({ falseDetections: 0, falseIds: [] });
      const stepMs = longestStep(course.map(({ result }) => result.timestampMs ?? 0));
      for (const { seen, foundAfterMs } of report.actors) {
        expect(seen).toBeGreaterThan(0.75);
        expect(Math.max(...foundAfterMs)).toBeLessThanOrEqual(SEARCH_MS + stepMs);
      }
    },
  );
});

describe('blazeface', () => {
  it('gives a new id to people who were away for more than a second or left the frame', async () => {
    const away = await follow('away for 1.5 s', constant, detectors.blazeface);
    expect(away.report.actors.map(({ ids }) => ids)).toEqual([[1, 2]]);
    const { report } = await follow('out by the side and back', constant, detectors.blazeface);
    const [leaver, stayer] = report.actors.map(({ ids }) => ids);
    expect([leaver?.length, stayer?.length, report.falseIds]).toEqual([2, 1, []]);
  });

  it('reads a change in its first frame, and shows it within the response time', async () => {
    const { report, course } = await follow('expressions', constant, detectors.blazeface);
    const stepMs = longestStep(course.map(({ result }) => result.timestampMs ?? 0));
    const [{ changes, flips, ids } = expect.fail()] = report.actors;
    expect({ ids, flips, changes: changes.length }).toEqual({ ids: [1], flips: 0, changes: 3 });
    for (const { rawFrames, sinceFrames, shownMs } of changes) {
      expect([rawFrames, sinceFrames]).toEqual([0, 0]);
      expect(shownMs).toBeLessThanOrEqual(REACT_MS + stepMs);
    }
  });

  it('detects nobody in an empty scene', async () => {
    const { course } = await follow('nobody', constant, detectors.blazeface);
    expect(course.flatMap(({ result }) => result.faces)).toEqual([]);
  });
});

it.each(['moving', 'shaking the head', 'passing behind', 'hidden for 0.9 s'] as const)(
  'haar, %s: one id each',
  async (name) => {
    const { report } = await follow(name, constant, detectors.haar);
    expect(report.actors.map(({ ids }) => ids.length)).toEqual(report.actors.map(() => 1));
    expect(report.falseIds).toEqual([]);
  },
);

it('gives a face in the dark the verdict dark, and is unsure', async () => {
  const { course } = await follow('dusk', constant, detectors.blazeface);
  const told = course.map(({ result: { timestampMs: ms = 0, faces } }) => ({
    isDark: ms > 800 && ms < 1600,
    verdict: faces[0]?.quality.verdict,
    unsure: faces[0]?.unsure,
  }));
  const dark = told.filter(({ isDark }) => isDark);
  expect(dark).toEqual(Array(7).fill({ isDark: true, verdict: 'dark', unsure: true }));
  for (const { isDark, verdict } of told) expect(verdict).toBe(isDark ? 'dark' : 'good');
  expect(told[0]?.unsure).toBe(false);
});

describe('at a fixed interval of 200 ms', () => {
  const sampled = (times: readonly number[]) => times.filter(createSampler({ everyMs: 200 }));
  const at = (times: (seconds: number) => number[]) =>
    follow('expressions', (seconds) => sampled(times(seconds)), detectors.blazeface);

  it('gives the same results at 25, 30, 50 and 60 frames per second', async () => {
    const results = [];
    for (const rate of [25, 30, 50, 60]) {
      const { course } = await at((seconds) =>
        timesOf(seconds, rate).map((ms) => Math.round(ms * 1000) / 1000),
      );
      results.push(course.map(({ result }) => result));
    }
    const [first, ...others] = results;
    expect(first?.length).toBe(29);
    for (const other of others) expect(other).toEqual(first);
  });

  it('gives the same ids and changes, to within one frame, at a varying rate', async () => {
    const { report } = await at((seconds) => timesOf(seconds, 24, 'variable'));
    const [{ ids, flips, changes } = expect.fail()] = report.actors;
    expect({ ids, flips, changes: changes.length }).toEqual({ ids: [1], flips: 0, changes: 3 });
    for (const { rawFrames, sinceFrames, shownMs } of changes) {
      expect([rawFrames, sinceFrames]).toEqual([0, 0]);
      expect(shownMs).toBeLessThanOrEqual(REACT_MS + 200);
    }
  });
});
