import { expect, it } from 'vitest';
import { makeFrameResult, replay } from '../testing/make-frame-results.js';
import { makeRecording } from '../testing/make-recording.js';
import { summarizeRecording } from '../timeline/summarize-recording.js';
import { toRecordingReport } from './recording-report.js';

const LABELS = ['calm', 'glad'];

it('says how often a frame was analysed, also where the video ends soon after the last one', async () => {
  const frames = [0, 3000, 6000].map((timeMs) => makeFrameResult(timeMs, []));
  const recording = await summarizeRecording(replay(frames), LABELS, 7000);
  const page = await toRecordingReport({ name: 'a.mp4', recording: recording!, isWhole: true, settings: [] });
  expect(page).toContain('one every 3\u00a0s');
});

it('names each scrolling region differently, for those who jump from region to region', async () => {
  const recording = await makeRecording({ labels: LABELS, people: 3 });
  const page = await toRecordingReport({ name: 'a.mp4', recording, isWhole: true, settings: [] });
  const names = [...page.matchAll(/role="region" aria-label="([^"]+)"/g)].map(([, name]) => name);
  expect(names.some((name) => name?.startsWith('Person 2: Expressions, of the '))).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});
