import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createAnalysisProgress } from './analysis-progress.js';

/** The written text, with a clock that the test controls. */
function watch(total: number, isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const clock = { nowMs: 0 };
  const progress = createAnalysisProgress(stream, total, () => clock.nowMs);
  return { progress, clock, read: () => String((stream.read() as Buffer | null) ?? '') };
}

it('shows the position in a video, the speed and the time left', () => {
  const { progress, clock, read } = watch(1, false);
  clock.nowMs = 9_000;
  progress.onFrame(0, 'in/clip.mp4', { frames: 900, timeMs: 9_000, endMs: 60_000 });
  expect(read()).toBe('');
  clock.nowMs = 10_000;
  progress.onFrame(0, 'in/clip.mp4', { frames: 1000, timeMs: 15_000, endMs: 60_000 });
  expect(read()).toBe('clip.mp4 0:15 of 1:00  100 frames/s  0:30 left\n');
});

it('shows a slow speed with a decimal instead of rounding it to none', () => {
  const { progress, clock, read } = watch(1, true);
  clock.nowMs = 10_000;
  progress.onFrame(0, 'in/clip.mp4', { frames: 4, timeMs: 400, endMs: 1_000 });
  expect(read()).toContain('  0.4 frames/s  ');
});

it('counts sources, also those without a known end, and removes its line on a terminal', () => {
  const { progress, clock, read } = watch(4, true);
  progress.onFrame(0, 'a.jpg', { frames: 1 });
  progress.onDone(0);
  clock.nowMs = 2_000;
  progress.onFrame(1, 'camera:0', { frames: 9, timeMs: 1_000 });
  expect(read()).toBe('\r\u001b[K1/4  camera:0 0:01  5 frames/s  0:06 left');
  progress.clear();
  progress.clear();
  expect(read()).toBe('\r\u001b[K');
});

it('shows the progress of writing and the time left', () => {
  const { progress, clock, read } = watch(1, true);
  clock.nowMs = 60_000;
  progress.onFrame(0, 'clip.mp4', { frames: 900, timeMs: 60_000, endMs: 60_000 });
  read();
  clock.nowMs = 61_000;
  progress.onFrame(0, 'clip.mp4', { frames: 900, timeMs: 60_000, endMs: 60_000, written: 0 });
  expect(read()).toBe('\r\u001b[Kclip.mp4 writing 0 %');
  clock.nowMs = 64_000;
  progress.onFrame(0, 'clip.mp4', { frames: 900, timeMs: 60_000, endMs: 60_000, written: 0.25 });
  expect(read()).toBe('\r\u001b[Kclip.mp4 writing 25 %  0:09 left');
});
