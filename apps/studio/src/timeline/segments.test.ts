import type { Analysis, Face } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { toLanes } from './segments.js';

type Seen = readonly [id: number | undefined, expression: string, unsure?: boolean];

function frame(timestampMs: number, ...faces: Seen[]): Analysis {
  return {
    width: 100,
    height: 100,
    timestampMs,
    model: 'm',
    detector: 'd',
    faces: faces.map(([id, expression, unsure = false]) => ({ id, expression, unsure }) as Face),
  };
}

describe('toLanes', () => {
  it('joins the same expression of one face, and begins anew where it changes or becomes unsure', () => {
    const [lane] = toLanes(
      [
        frame(0, [1, 'happy']),
        frame(200, [1, 'happy']),
        frame(400, [1, 'sad']),
        frame(600, [1, 'sad', true]),
      ],
      200,
    );
    expect(lane?.segments).toEqual([
      { startMs: 0, endMs: 400, expression: 'happy', isUnsure: false },
      { startMs: 400, endMs: 600, expression: 'sad', isUnsure: false },
      { startMs: 600, endMs: 800, expression: 'sad', isUnsure: true },
    ]);
    expect(lane?.seenMs).toBe(800);
  });

  it('bridges one missed frame, and shows a longer gap', () => {
    const lanes = (times: number[]) => toLanes(times.map((ms) => frame(ms, [1, 'happy'])), 200); // prettier-ignore
    expect(lanes([0, 400])[0]?.segments).toHaveLength(1);
    expect(lanes([0, 1000])[0]?.segments).toHaveLength(2);
  });

  it('joins faces that are one person', () => {
    const frames = [frame(0, [1, 'happy']), frame(200, [4, 'happy'])];
    expect(toLanes(frames, 200, () => 4)).toEqual([
      {
        key: 4,
        segments: [{ startMs: 0, endMs: 400, expression: 'happy', isUnsure: false }],
        seenMs: 400,
      },
    ]);
  });

  it('gives each face a lane, those seen longest first, and none to faces without an id', () => {
    const lanes = toLanes(
      [frame(0, [1, 'happy'], [2, 'sad'], [undefined, 'fear']), frame(200, [2, 'sad'])],
      200,
    );
    expect(lanes.map(({ key }) => key)).toEqual([2, 1]);
  });
});
