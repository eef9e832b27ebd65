import { describe, expect, it } from 'vitest';
import type { KeptMoment } from '../frame-result.js';
import { makeMoment, replay, type MadeUpFace } from '../testing/make-moments.js';
import type { Recording } from './recording.js';
import { MAX_PEOPLE, summarizeRecording } from './summarize-recording.js';
import { COLUMNS } from './time-columns.js';

const LABELS = ['calm', 'glad'];
const calm = (id?: number, over: Partial<MadeUpFace> = {}): MadeUpFace => ({
  ...(id !== undefined && { id }),
  read: { calm: 0.8, glad: 0.2 },
  ...over,
});
const GLAD = { calm: 0.1, glad: 0.9 };

async function summarize(moments: readonly KeptMoment[]): Promise<Recording> {
  const recording = await summarizeRecording(replay(moments), LABELS);
  if (recording === undefined) throw new Error('no recording');
  return recording;
}

describe('summarizeRecording', () => {
  it('has nothing to tell of no moments, and of pictures', async () => {
    expect(await summarizeRecording(replay([]), LABELS)).toBeUndefined();
    expect(await summarizeRecording(replay([makeMoment(undefined, [calm()])]), LABELS)).toBeUndefined();
  });

  it('tells of a recording without a face', async () => {
    const recording = await summarize([makeMoment(0, []), makeMoment(500, [])]);
    expect(recording).toMatchObject({ startMs: 0, endMs: 1000, moments: 2, momentsWithFaces: 0, faces: 0 });
    expect(recording.people).toEqual([]);
    expect(recording.others).toMatchObject({ people: 0, moments: 0 });
  });

  it('gives the only moment a second', async () => {
    expect(await summarize([makeMoment(700, [calm(1)])])).toMatchObject({ startMs: 700, endMs: 1700 });
  });

  it('counts sure moments by what is shown and unsure ones by their reason', async () => {
    const faces = [
      calm(1),
      calm(1, { steadied: GLAD }), // steadied readings are what is shown
      calm(1, { unsure: true, verdict: 'dark' }),
      calm(1, { unsure: true }),
      calm(1, { unsure: true }),
    ];
    const recording = await summarize([
      ...faces.map((face, index) => makeMoment(index * 100, [face, calm()])),
      makeMoment(500, []),
    ]);
    const [person] = recording.people;
    expect(person).toMatchObject({ id: 1, firstMs: 0, lastMs: 400 });
    expect(person?.tally).toMatchObject({ moments: 5, shown: [1, 1] });
    expect(Object.fromEntries(person?.tally.unsure ?? [])).toEqual({ dark: 1, margin: 2 });
    expect(recording).toMatchObject({ moments: 6, momentsWithFaces: 5, faces: 10, unconfirmed: 5 });
  });

  it('lets a moment hold until the next one, whatever the distance', async () => {
    const recording = await summarize([
      makeMoment(0, [calm(1)]),
      makeMoment(300, []),
      makeMoment(400, [calm(1, { steadied: GLAD })]),
      makeMoment(900, []),
    ]);
    expect(recording.endMs).toBe(1200); // the mean distance after the last one
    const shown = recording.people[0]?.steadied.map((column) => column?.shown) ?? [];
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
    // Person n is seen in n of every 20 moments; 30 more in one moment each.
    const moments = Array.from({ length: 1000 }, (_, index) => {
      const often = Array.from({ length: 20 }, (_, i) => i + 1).filter((id) => index % 20 < id);
      const seldom = index < 30 ? [100 + index] : [];
      return makeMoment(
        index * 40,
        [...often, ...seldom].map((id) => calm(id)),
      );
    });
    const { people, others } = await summarize(moments);
    expect(people.map(({ id }) => id)).toEqual(
      Array.from({ length: MAX_PEOPLE }, (_, i) => 20 - MAX_PEOPLE + 1 + i),
    );
    expect(others.people).toBe(20 - MAX_PEOPLE + 30);
    const folded = Array.from({ length: 20 - MAX_PEOPLE }, (_, i) => (i + 1) * 50);
    expect(others.moments).toBe(folded.reduce((sum, count) => sum + count, 30));
    expect(others.columns.reduce((sum, count) => sum + count, 0)).toBeCloseTo(
      (others.moments * COLUMNS) / 1000,
      6,
    );
  });

  it('keeps one person however seldom, and passes over who is seen in next to no moment', async () => {
    const moments = Array.from({ length: 200 }, (_, index) =>
      makeMoment(index * 40, index === 7 ? [calm(3)] : []),
    );
    expect((await summarize(moments)).people.map(({ id }) => id)).toEqual([3]);
    const busy = Array.from({ length: 200 }, (_, index) =>
      makeMoment(index * 40, [calm(1), ...(index < 3 ? [calm(2)] : []), ...(index < 4 ? [calm(5)] : [])]),
    );
    const { people, others } = await summarize(busy);
    expect([people.map(({ id }) => id), others.people]).toEqual([[1, 5], 1]);
  });

  it('keeps the last picture of each expression', async () => {
    const { people } = await summarize([
      makeMoment(0, [calm(1)], { 0: 'first' }),
      makeMoment(100, [calm(1)]),
      makeMoment(200, [calm(2), calm(1)], { 1: 'better' }),
      makeMoment(300, [{ id: 1, read: GLAD }], { 0: 'glad' }),
    ]);
    expect(people[0]?.examples).toEqual([
      { label: 'calm', timestampMs: 200, probability: 0.8, picture: 'better' },
      { label: 'glad', timestampMs: 300, probability: 0.9, picture: 'glad' },
    ]);
    expect(people[1]?.examples).toEqual([]);
  });
});
