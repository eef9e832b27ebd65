import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '../frame-result.js';
import { makeFrameResult, replay, type SyntheticFace } from '../testing/make-frame-results.js';
import type { Recording } from './recording.js';
import { MAX_PEOPLE, summarizeRecording } from './summarize-recording.js';
import { COLUMNS } from './time-columns.js';

const LABELS = ['calm', 'glad'];
const calm = (id?: number, over: Partial<SyntheticFace> = {}): SyntheticFace => ({
  ...(id !== undefined && { id }),
  read: { calm: 0.8, glad: 0.2 },
  ...over,
});
const GLAD = { calm: 0.1, glad: 0.9 };

async function summarize(frames: readonly FrameRecord[]): Promise<Recording> {
  const recording = await summarizeRecording(replay(frames), LABELS);
  if (recording === undefined) throw new Error('no recording');
  return recording;
}

describe('summarizeRecording', () => {
  it('has nothing to tell of no frames, and of pictures', async () => {
    expect(await summarizeRecording(replay([]), LABELS)).toBeUndefined();
    expect(await summarizeRecording(replay([makeFrameResult(undefined, [calm()])]), LABELS)).toBeUndefined();
  });

  it('tells of a recording without a face', async () => {
    const recording = await summarize([makeFrameResult(0, []), makeFrameResult(500, [])]);
    expect(recording).toMatchObject({ startMs: 0, endMs: 1000, frames: 2, framesWithFaces: 0, faces: 0 });
    expect(recording.people).toEqual([]);
    expect(recording.others).toMatchObject({ people: 0, frames: 0 });
  });

  it('gives the only frame a second', async () => {
    expect(await summarize([makeFrameResult(700, [calm(1)])])).toMatchObject({ startMs: 700, endMs: 1700 });
  });

  it.each([
    ['one frame of a short video', [0], 200, 200],
    ['a video that ends before its last interval', [0, 1000, 2000], 2500, 2500],
    ['a video whose stated end comes too early', [0, 1000], 500, 2000],
    ['a stream', [0, 1000], undefined, 2000],
    ['one frame of a stream', [0], undefined, 1000],
  ])('lasts until the end of %s', async (_, times, statedEndMs, endMs) => {
    const frames = replay(times.map((timeMs) => makeFrameResult(timeMs, [calm(1)])));
    const recording = await summarizeRecording(frames, LABELS, statedEndMs);
    expect(recording?.endMs).toBe(endMs);
  });

  it('has the time between frames, whenever the recording ends after the last one', async () => {
    const frames = replay([0, 3000, 6000].map((timeMs) => makeFrameResult(timeMs, [calm(1)])));
    expect(await summarizeRecording(frames, LABELS, 7000)).toMatchObject({ intervalMs: 3000, endMs: 7000 });
  });

  it('counts sure frames by what is shown and unsure ones by their reason', async () => {
    const faces = [
      calm(1),
      calm(1, { smoothed: GLAD }), // smoothed readings are what is shown
      calm(1, { unsure: true, verdict: 'dark' }),
      calm(1, { unsure: true }),
      calm(1, { unsure: true }),
    ];
    const recording = await summarize([
      ...faces.map((face, index) => makeFrameResult(index * 100, [face, calm()])),
      makeFrameResult(500, []),
    ]);
    const [person] = recording.people;
    expect(person).toMatchObject({ id: 1, firstMs: 0, lastMs: 400 });
    expect(person?.tally).toMatchObject({ readings: 5, shown: [1, 1] });
    expect(Object.fromEntries(person?.tally.unsure ?? [])).toEqual({ dark: 1, margin: 2 });
    expect(recording).toMatchObject({ frames: 6, framesWithFaces: 5, faces: 10, unconfirmed: 5 });
  });

  it('lets a frame hold until the next one, whatever the distance', async () => {
    const recording = await summarize([
      makeFrameResult(0, [calm(1)]),
      makeFrameResult(300, []),
      makeFrameResult(400, [calm(1, { smoothed: GLAD })]),
      makeFrameResult(900, []),
    ]);
    expect(recording.endMs).toBe(1200); // the mean distance after the last one
    const shown = recording.people[0]?.smoothed.map((column) => column?.shown) ?? [];
    const expected = Array.from({ length: COLUMNS }, (_, index) => {
      const timeMs = (index + 0.5) * (1200 / COLUMNS);
      return timeMs < 300 ? 0 : timeMs < 400 ? undefined : timeMs < 900 ? 1 : undefined;
    });
    // A column on a border may be either.
    expect(shown.filter((value, index) => value !== expected[index]).length).toBeLessThanOrEqual(1);
    expect(recording.people[0]?.asRead.find((column) => column !== undefined)?.probabilities).toEqual([
      expect.closeTo(0.8, 12),
      expect.closeTo(0.2, 12),
    ]);
  });

  it('tells of those seen most one by one, in the order of their numbers, and counts the others', async () => {
    // Person n is seen in n of every 20 frames; 30 more in one frame each.
    const frames = Array.from({ length: 1000 }, (_, index) => {
      const often = Array.from({ length: 20 }, (_, i) => i + 1).filter((id) => index % 20 < id);
      const seldom = index < 30 ? [100 + index] : [];
      return makeFrameResult(
        index * 40,
        [...often, ...seldom].map((id) => calm(id)),
      );
    });
    const { people, others } = await summarize(frames);
    expect(people.map(({ id }) => id)).toEqual(
      Array.from({ length: MAX_PEOPLE }, (_, i) => 20 - MAX_PEOPLE + 1 + i),
    );
    expect(others.people).toBe(20 - MAX_PEOPLE + 30);
    const folded = Array.from({ length: 20 - MAX_PEOPLE }, (_, i) => (i + 1) * 50);
    expect(others.frames).toBe(folded.reduce((sum, count) => sum + count, 30));
    expect(others.columns.reduce((sum, count) => sum + count, 0)).toBeCloseTo(
      (others.frames * COLUMNS) / 1000,
      6,
    );
  });

  it('keeps one person however seldom, and passes over who is seen in next to no frame', async () => {
    const frames = Array.from({ length: 200 }, (_, index) =>
      makeFrameResult(index * 40, index === 7 ? [calm(3)] : []),
    );
    expect((await summarize(frames)).people.map(({ id }) => id)).toEqual([3]);
    const busy = Array.from({ length: 200 }, (_, index) =>
      makeFrameResult(index * 40, [
        calm(1),
        ...(index < 3 ? [calm(2)] : []),
        ...(index < 4 ? [calm(5)] : []),
      ]),
    );
    const { people, others } = await summarize(busy);
    expect([people.map(({ id }) => id), others.people]).toEqual([[1, 5], 1]);
  });

  it('keeps the last picture of each expression', async () => {
    const { people } = await summarize([
      makeFrameResult(0, [calm(1)], { 0: 'first' }),
      makeFrameResult(100, [calm(1)]),
      makeFrameResult(200, [calm(2), calm(1)], { 1: 'better' }),
      makeFrameResult(300, [{ id: 1, read: GLAD }], { 0: 'glad' }),
    ]);
    expect(people[0]?.examples).toEqual([
      { label: 'calm', timestampMs: 200, probability: 0.8, picture: 'better' },
      { label: 'glad', timestampMs: 300, probability: 0.9, picture: 'glad' },
    ]);
    expect(people[1]?.examples).toEqual([]);
  });
});
