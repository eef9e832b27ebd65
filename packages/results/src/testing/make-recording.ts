import type { FrameRecord } from '../frame-result.js';
import type { Recording } from '../timeline/recording.js';
import { summarizeRecording } from '../timeline/summarize-recording.js';
import { makeFrameResult, replay, type SyntheticFace } from './make-frame-results.js';

export interface SyntheticRecording {
  readonly labels: readonly string[];
  readonly people: number;
  readonly frames?: number;
  readonly everyMs?: number;
  readonly startMs?: number;
}

/** A grey pixel, as JPEG. */
export const PIXEL =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z';

/** People who come and go and show one expression after another, with several reasons to be unsure, and pictures. */
export async function makeRecording(synthetic: SyntheticRecording): Promise<Recording> {
  const recording = await summarizeRecording(replay(makeFrameResults(synthetic)), synthetic.labels);
  if (recording === undefined) throw new Error('a recording has frames');
  return recording;
}

function makeFrameResults({
  labels,
  people,
  frames = 200,
  everyMs = 200,
  startMs = 0,
}: SyntheticRecording): FrameRecord[] {
  const verdicts = ['small', 'dark', 'good', 'turned'] as const;
  return Array.from({ length: frames }, (_, index) => {
    const faces = Array.from({ length: people }, (_, person): SyntheticFace[] => {
      if ((index + person * 7) % 40 > 34 - person) return [];
      const shown = Math.floor(index / 12 + person) % labels.length;
      const read = Object.fromEntries(
        labels.map((label, i) => [label, i === shown ? 0.75 : 0.25 / Math.max(1, labels.length - 1)]),
      );
      const unsure = index % 10 > 7;
      return [{ id: person + 1, read, unsure, verdict: unsure ? (verdicts[index % 4] ?? 'good') : 'good' }];
    }).flat();
    const pictures = index % 12 === 3 && faces.length > 0 ? { 0: PIXEL } : undefined;
    return makeFrameResult(
      startMs + index * everyMs,
      index % 50 === 49 ? [...faces, { read: { [labels[0] ?? '']: 1 } }] : faces,
      pictures,
    );
  });
}
