/**
 * What was read over time: of a video all of it, of a camera what was seen since it was started. It is kept in memory
 * and forgotten with the scene.
 */
import { signal } from '@preact/signals';
import type { Analysis } from '@mien/core';

/** At most this often: a camera gives 30 results a second, all of which are shown; an hour of them would fill the memory. */
export const SAMPLE_INTERVAL_MS = 200;
/** An hour of them; older ones of a camera go. */
const MOST_FRAMES = 18_000;
/** A result is shown for as long as this after its time, where no newer one is there. */
const SHOWN_FOR_MS = 500;

interface RecordedModel {
  readonly id: string;
  readonly name: string;
  readonly labels: readonly string[];
}
/** Those that have read the camera, or its recorded video. */
const models = new Map<string, RecordedModel>();
/** By the id of the model, in the order of their times. */
const frames = new Map<string, Analysis[]>();
/** Grows with every result: what depends on the recording reads it. */
export const version = signal(0);

export function addFrame(modelId: string, result: Analysis): void {
  const list = frames.get(modelId) ?? [];
  list.push(result);
  if (list.length > MOST_FRAMES) list.splice(0, list.length - MOST_FRAMES);
  frames.set(modelId, list);
  version.value = version.peek() + 1;
}

export function clearRecording(modelId?: string): void {
  if (modelId === undefined) {
    frames.clear();
    models.clear();
  } else frames.delete(modelId);
  version.value = version.peek() + 1;
}

export function noteModel(model: RecordedModel): void {
  models.set(model.id, model);
}

/** Those of them that found a face: what others saw is nothing. */
export function modelsRecorded(): readonly RecordedModel[] {
  return [...models.values()].filter(({ id }) => framesOf(id).some(({ faces }) => faces.length > 0));
}

export function framesOf(modelId: string): readonly Analysis[] {
  return frames.get(modelId) ?? [];
}

/** Those of the last part of the recording. */
export function framesSince(modelId: string, spanMs: number): readonly Analysis[] {
  const list = framesOf(modelId);
  const startMs = timeOf(list.at(-1)) - spanMs;
  return list.slice(list.findLastIndex((result) => timeOf(result) < startMs) + 1);
}

/** The newest result that is not after a time, if it is of about that time. */
export function resultAt(modelId: string, timeMs: number): Analysis | undefined {
  const list = framesOf(modelId);
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(list[middle]) <= timeMs) low = middle + 1;
    else high = middle;
  }
  // The first one is there from the start: the first frame of a file may be some milliseconds late.
  const found = list[low - 1] ?? list[0];
  return found !== undefined && Math.abs(timeMs - timeOf(found)) <= SHOWN_FOR_MS ? found : undefined;
}

export function timeOf(result: Analysis | undefined): number {
  return result?.timestampMs ?? 0;
}
