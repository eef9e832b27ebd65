import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HAS_FFMPEG } from '../testing/make-video.js';
import { CONTINUOUS_CLOCK_FILTER, createContinuousClock } from './continuous-clock.js';

/** Ticks of 1 ms. */
const follow = (ticks: readonly number[], mayJumpAhead = false) => {
  const clock = createContinuousClock(1, () => mayJumpAhead);
  return ticks.map((tick) => clock.next(tick));
};

describe('a clock', () => {
  it.each([
    ['that runs evenly stays as it is', [7, 47, 87, 127], [7, 47, 87, 127]],
    ['with pauses stays as it is', [0, 40, 5040, 5041], [0, 40, 5040, 5041]],
    ['that starts again goes on', [0, 100, 200, 0, 100, 200], [0, 100, 200, 300, 400, 500]],
    ['that starts again twice goes on', [0, 200, 0, 200, 0], [0, 200, 400, 600, 800]],
    ['that is set back goes on', [5000, 5100, 4500, 4600], [5000, 5100, 5200, 5300]],
    ['that jitters stands still', [0, 100, 80, 200], [0, 100, 100, 200]],
    ['without a time takes a step', [0, 100, NaN, 300], [0, 100, 200, 300]],
    ['that begins without a time begins at 0', [NaN, 40], [0, 40]],
  ])('%s', (_, ticks, expected) => {
    expect(follow(ticks)).toEqual(expected);
  });

  it('that jumps far ahead goes on only where it may start again', () => {
    const ticks = [0, 100, 200, 95_000_000, 95_000_100];
    expect(follow(ticks, true)).toEqual([0, 100, 200, 300, 400]);
    expect(follow(ticks, false)).toEqual(ticks);
  });

  it('never falls, whatever the times are', () => {
    let seed = 1;
    const ticks = Array.from({ length: 2000 }, () => {
      seed = (seed * 48_271) % 0x7fffffff;
      return seed % 50 === 0 ? NaN : (seed % 40_000) - 5000;
    });
    for (const mayJumpAhead of [true, false]) {
      const times = follow(ticks, mayJumpAhead);
      times.slice(1).forEach((time, i) => expect(time).toBeGreaterThanOrEqual(times[i] ?? Infinity));
    }
  });

  it.skipIf(!HAS_FFMPEG)('is the same in ffmpeg (skipped where it is not installed)', async () => {
    // Times by the number of the frame: forward, back by 0.2 s, jitter, a pause, back to 0, negative.
    const ticks = [0, 40, 80, 120, 60, 700, 740, 730, 760, 9000, 0, 40, -500, -460, 90];
    const expression = ticks.reduceRight((rest, tick, n) => `if(eq(N,${n}),${tick},${rest})`, '0');
    const filters = `settb=1/1000,setpts='${expression}',${CONTINUOUS_CLOCK_FILTER},showinfo=checksum=0`;
    const input = ['-f', 'lavfi', '-i', `color=size=16x16:rate=25:duration=${ticks.length / 25}`];
    const args = ['-nostdin', ...input, '-vf', filters, '-fps_mode', 'passthrough', '-f', 'null', '-'];
    const { stderr } = await promisify(execFile)('ffmpeg', args);
    const times = [...stderr.matchAll(/ n: *\d+ pts: *(-?\d+)/g)].map(([, pts]) => Number(pts));
    expect(times).toEqual(follow(ticks));
  });
});
