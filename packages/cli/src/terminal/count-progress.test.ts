import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createCountProgress } from './count-progress.js';

function watch(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let nowMs = 0;
  const progress = createCountProgress(stream, 'reading', () => nowMs);
  return {
    progress,
    at(ms: number, done: number) {
      nowMs = ms;
      progress.show({ done, total: 1000 });
      return String(stream.read() ?? '');
    },
    end() {
      progress.end();
      return String(stream.read() ?? '');
    },
  };
}

describe('createCountProgress', () => {
  it('redraws one line of a terminal at most ten times per second, and removes it', () => {
    const terminal = watch(true);
    expect(terminal.at(50, 5)).toBe('');
    expect(terminal.at(2000, 100)).toBe('\r\u001b[Kreading 100/1000, 50/s, 0:18 left');
    expect(terminal.at(2050, 102)).toBe('');
    expect(terminal.at(4000, 400)).toBe('\r\u001b[Kreading 400/1000, 100/s, 0:06 left');
    expect(terminal.end()).toBe('\r\u001b[K');
    expect(terminal.end()).toBe('');
  });

  it('writes a line to a file every ten seconds, and none for quick work', () => {
    const file = watch(false);
    expect(file.at(9999, 10)).toBe('');
    expect(file.at(10_000, 100)).toBe('reading 100/1000, 10/s, 1:30 left\n');
    expect(file.at(12_000, 200)).toBe('');
    expect(file.end()).toBe('');
  });

  it('shows no time left before the first item is done', () => {
    expect(watch(true).at(500, 0)).toBe('\r\u001b[Kreading 0/1000, 0/s');
  });
});
