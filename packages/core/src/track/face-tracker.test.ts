import { describe, expect, it } from 'vitest';
import type { Box } from '../geometry/box.js';
import { createTestRandom } from '../testing/test-random.js';
import { FaceTracker } from './face-tracker.js';

const FRAME = { width: 640, height: 480 };
const SIDE = 60;
/** Detectors are off by some of this share of the side. */
const JITTER = 0.03;
const SURE = 0.9;

/** Centre of a face at a moment, in pixels; `undefined` while it is hidden or away. */
type Course = (seconds: number) => readonly [x: number, y: number] | undefined;

/** Moments of a constant rate, or of one that varies between half and twice it, with frames left out. */
function moments(seconds: number, framesPerSecond: number, kind: 'constant' | 'variable'): number[] {
  const random = createTestRandom(framesPerSecond);
  const times: number[] = [];
  for (let ms = 0; ms < 1000 * seconds;) {
    times.push(ms);
    ms += (1000 / framesPerSecond) * (kind === 'constant' ? 1 : 0.5 + 1.5 * random());
  }
  return times;
}

/** Follows made-up faces; the ids that each was given over time, in order, without repetition. */
function idsOf(
  courses: readonly Course[],
  timesMs: readonly number[],
  highScoreThreshold = SURE,
  score = 1,
): number[][] {
  const tracker = new FaceTracker(highScoreThreshold);
  const random = createTestRandom(1);
  const ids = courses.map((): number[] => []);
  for (const ms of timesMs) {
    const seen = courses.flatMap((course, face) => {
      const centre = course(ms / 1000);
      return centre === undefined ? [] : [{ face, box: boxAt(centre, random), score }];
    });
    seen.sort(() => random() - 0.5); // Detectors promise no order.
    tracker.follow(seen, ms, FRAME).forEach((track, index) => {
      const of = ids[seen[index]?.face ?? -1];
      if (track?.id !== undefined && of?.at(-1) !== track.id) of?.push(track.id);
    });
  }
  return ids;
}

function boxAt([x, y]: readonly [number, number], random: () => number): Box {
  const off = () => SIDE * JITTER * 2 * (random() - 0.5);
  const side = SIDE + off();
  return { x: x + off() - side / 2, y: y + off() - side / 2, width: side, height: side };
}

const RATES = [5, 10, 30, 60].flatMap((rate) =>
  (['constant', 'variable'] as const).map((kind) => [rate, kind] as const),
);

describe.each(RATES)('at %i frames a second, %s', (rate, kind) => {
  const follow = (seconds: number, ...courses: Course[]) => idsOf(courses, moments(seconds, rate, kind));

  it('keeps the id of one that stands, walks, turns round and shakes', () => {
    const ids = follow(
      6,
      () => [60, 60],
      (s) => [100 + 80 * s, 400],
      (s) => [320 + 100 * Math.sin(2 * s), 180],
      (s) => [500 + 20 * Math.sin(9 * s), 280 + 15 * Math.sin(7 * s)],
    );
    expect(ids.map((of) => of.length)).toEqual([1, 1, 1, 1]);
    expect(new Set(ids.flat()).size).toBe(4);
  });

  it('keeps the id of one who shakes the head, farther between two moments than the face is wide', () => {
    expect(follow(6, (s) => [320 + 33 * Math.sin(12 * s), 240 + 10 * Math.sin(7 * s)])).toEqual([[1]]);
  });

  it('keeps both ids when two faces cross', () => {
    const ids = follow(
      4,
      (s) => [100 + 110 * s, 200 + 8 * s],
      (s) => [540 - 110 * s, 224 - 8 * s],
    );
    expect(ids.map((of) => of.length)).toEqual([1, 1]);
  });

  it('keeps both ids when one is hidden behind the other while they cross', () => {
    const ids = follow(
      4,
      (s) => [100 + 110 * s, 200],
      (s) => (Math.abs(s - 2) < 0.3 ? undefined : [540 - 110 * s, 210]),
    );
    expect(ids.map((of) => of.length)).toEqual([1, 1]);
  });

  it('finds one again after a gap of 0.9 s, whether it stood or walked on', () => {
    const hidden = (s: number) => s > 2 && s < 2.9;
    const ids = follow(
      5,
      (s) => (hidden(s) ? undefined : [100, 100]),
      (s) => (hidden(s) ? undefined : [80 + 90 * s, 350]),
    );
    expect(ids.map((of) => of.length)).toEqual([1, 1]);
  });

  it('takes one for another after a gap of 2 s', () => {
    expect(follow(6, (s) => (s > 2 && s < 4 ? undefined : [300, 200]))).toEqual([[1, 2]]);
  });

  it('gives one who comes in another id than the one who went out there', () => {
    const ids = follow(
      5,
      (s) => (s < 2 ? [400 + 120 * s, 240] : undefined),
      (s) => (s > 2.9 ? [640 - 120 * (s - 2.9), 240] : undefined),
    );
    expect(ids).toEqual([[1], [2]]);
  });

  it('gives no id to what is found once', () => {
    expect(
      idsOf([(s) => (s > 1 && s < 1 + 0.9 / rate ? [300, 200] : undefined)], moments(2, rate, kind), 2),
    ).toEqual([[]]);
  });
});

describe('FaceTracker', () => {
  const find = { box: { x: 300, y: 200, width: SIDE, height: SIDE }, score: 0.5 };

  it('confirms at once from the sure score on, else once a face is there 100 ms later', () => {
    const confirmedAt = (score: number, stepMs: number) => {
      const tracker = new FaceTracker(SURE);
      for (let ms = 0; ; ms += stepMs) if (tracker.follow([{ ...find, score }], ms, FRAME)[0]?.id) return ms;
    };
    expect(confirmedAt(0.9, 10)).toBe(0);
    expect(confirmedAt(0.8, 10)).toBe(100);
    expect(confirmedAt(0.8, 400)).toBe(400);
  });

  it('follows nobody across a jump of more than ten seconds, and anybody at one look in five', () => {
    const idAfter = (stepMs: number) => {
      const tracker = new FaceTracker(0);
      tracker.follow([find], 0, FRAME);
      return tracker.follow([find], stepMs, FRAME)[0]?.id;
    };
    expect([idAfter(5000), idAfter(10_001)]).toEqual([1, 2]);
  });

  it('takes two looks at one moment', () => {
    const tracker = new FaceTracker(0);
    const boxes = [0, 0, 40, 40].map((ms) => tracker.follow([find], ms, FRAME)[0]);
    expect(boxes.map((track) => track?.id)).toEqual([1, 1, 1, 1]);
    expect(boxes[3]?.box).toEqual(find.box);
  });

  it('stays quick and sane with a thousand finds in one place', () => {
    const tracker = new FaceTracker(0);
    const crowd = Array.from({ length: 1000 }, () => find);
    for (let ms = 0; ms < 200; ms += 40) tracker.follow(crowd, ms, FRAME);
    const tracks = tracker.follow(crowd, 200, FRAME);
    expect(tracks).toHaveLength(1000);
    const ids = tracks.flatMap((track) => track?.id ?? []);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it('steadies the box of a face at rest, and is hardly late on one that moves', () => {
    const random = createTestRandom(5);
    const [still, moving] = [new FaceTracker(0), new FaceTracker(0)];
    let [raw, steady, late] = [0, 0, 0];
    for (let ms = 0; ms <= 3000; ms += 33) {
      const box = boxAt([300, 200], random);
      const [followed] = still.follow([{ box, score: 1 }], ms, FRAME);
      const x = 50 + 0.18 * ms;
      const [moved] = moving.follow([{ box: { x, y: 100, width: SIDE, height: SIDE }, score: 1 }], ms, FRAME);
      if (ms < 1000) continue;
      raw += Math.abs(box.x + box.width / 2 - 300);
      steady += Math.abs((followed?.box.x ?? 0) + (followed?.box.width ?? 0) / 2 - 300);
      late = Math.max(late, x - (moved?.box.x ?? 0));
    }
    expect(steady / raw).toBeLessThan(0.5);
    expect(late / SIDE).toBeLessThan(0.06); // At 3 sides a second, which is 0.1 side a frame.
  });
});
