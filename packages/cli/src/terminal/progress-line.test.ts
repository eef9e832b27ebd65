import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createProgressLine } from './progress-line.js';

/** The text written to a stream, with a clock that the test controls. */
function watch(stream: { readonly isTTY?: boolean; readonly columns?: number }) {
  const out = Object.assign(new PassThrough(), stream);
  const clock = { nowMs: 0 };
  const line = createProgressLine(out, () => clock.nowMs);
  return { line, clock, read: () => String((out.read() as Buffer | null) ?? '') };
}

it('never wraps to the next line of a terminal, where it could not be removed', () => {
  const { line, clock, read } = watch({ isTTY: true, columns: 10 });
  clock.nowMs = 100;
  line.update(() => 'häßlich-lang.mp4 0:15');
  expect(read()).toBe('\r\u001b[Khäßlich-l');
  line.print('done');
  expect(read()).toBe('\r\u001b[Kdone\n');
  line.print('and more');
  expect(read()).toBe('and more\n');
});

it('writes whole lines without control characters to a file', () => {
  const { line, clock, read } = watch({ columns: 10 });
  clock.nowMs = 10_000;
  line.update((elapsedMs) => `a long line after ${elapsedMs} ms`);
  line.clear();
  expect(read()).toBe('a long line after 10000 ms\n');
});

it('does not build a text that is not shown', () => {
  const { line, clock } = watch({ isTTY: true });
  clock.nowMs = 99;
  line.update(() => {
    throw new Error('not yet');
  });
});

it('says nothing twice to a file, and everything to a terminal, where it shows the time', () => {
  for (const [isTTY, expected] of [
    [false, ['1 % 10000', '2 % 30000']],
    [true, ['1 % 10000', '1 % 20000', '2 % 30000']],
  ] as const) {
    const { line, clock, read } = watch({ isTTY, columns: 80 });
    const seen = ['1 %', '1 %', '2 %'].map((state) => {
      clock.nowMs += 10_000;
      line.update((elapsedMs) => `${state} ${elapsedMs}`, state);
      return read().replace('\r\u001b[K', '').trim();
    });
    expect(seen.filter((text) => text !== '')).toEqual(expected);
  }
});
