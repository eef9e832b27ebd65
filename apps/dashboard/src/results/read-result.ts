/** The result of one file of a job, read for looking at it. */
import type { Face } from '@mien/core';
import { summarizeRecording, type FrameResult, type Recording } from '@mien/results';
import { ask } from '../api/ask.js';

export type ItemSummary =
  | { readonly kind: 'picture'; readonly faces: readonly Face[] }
  | { readonly kind: 'video'; readonly recording: Recording }
  | { readonly kind: 'empty' };

export async function readResult(jobId: string, index: number, signal: AbortSignal): Promise<ItemSummary> {
  const response = await ask(`v1/jobs/${jobId}/result?format=ndjson&item=${index}`, { signal });
  const text = await response.blob();
  const lines = readLines(text);
  const first = (await lines.next()).value;
  if (first === undefined) return { kind: 'empty' };
  // A picture is one frame whose faces nobody followed.
  const isOnly = (await lines.next()).done === true;
  if (isOnly && first.faces.every(({ smoothed }) => smoothed === undefined)) {
    return { kind: 'picture', faces: first.faces };
  }
  const labels = await findLabels(text);
  const recording = await summarizeRecording(() => readLines(text), labels);
  return recording === undefined ? { kind: 'empty' } : { kind: 'video', recording };
}

/** Of the first face; none without a face. */
async function findLabels(text: Blob): Promise<readonly string[]> {
  for await (const { faces } of readLines(text)) {
    const [face] = faces;
    if (face !== undefined) return Object.keys(face.probabilities);
  }
  return [];
}

async function* readLines(text: Blob): AsyncGenerator<FrameResult, void, void> {
  const reader = text.stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as FrameResult;
    if (done) break;
  }
  if (rest !== '') yield JSON.parse(rest) as FrameResult;
}
