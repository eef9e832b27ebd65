/**
 * The camera's video, recorded if the person asks for it: kept in memory, and given up with everything else. Results are
 * kept in any case.
 */
import { signal } from '@preact/signals';

export interface CameraRecording {
  readonly sizeBytes: number;
  /** Length so far. */
  readonly durationMs: number;
  readonly isRunning: boolean;
}

export const cameraRecording = signal<CameraRecording | undefined>(undefined);

export interface RecordedVideo {
  readonly file: Blob;
  readonly durationMs: number;
  /** From the page's clock (`performance.now()`) to the time in the video; `undefined` for what was not recorded. */
  readonly toVideoMs: (clockMs: number) => number | undefined;
}

/** VP8 takes the least of the processor, which has faces to read. */
const TYPES = ['video/webm;codecs=vp8', 'video/webm', 'video/mp4'];
/** How often the size is looked at. */
const SLICE_MS = 1000;

interface Span {
  readonly fromMs: number;
  toMs: number;
  /** Where it begins in the video. */
  readonly videoMs: number;
}

interface Running {
  readonly recorder: MediaRecorder;
  readonly parts: Blob[];
  readonly spans: Span[];
  readonly ended: Promise<void>;
}

let current: Running | undefined;

/** @throws DOMException where the browser cannot record this camera */
export function startRecording(stream: MediaStream): void {
  discardRecording();
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
  const parts: Blob[] = [];
  const spans: Span[] = [];
  const running: Running = {
    recorder,
    parts,
    spans,
    ended: new Promise((resolve) => (recorder.onstop = () => resolve())),
  };
  const begin = () => {
    const now = performance.now();
    spans.push({ fromMs: now, toMs: Infinity, videoMs: lengthOf(spans, now) });
  };
  const end = () => {
    const last = spans.at(-1);
    if (last?.toMs === Infinity) last.toMs = performance.now();
  };
  recorder.onstart = recorder.onresume = begin;
  recorder.onpause = end;
  recorder.addEventListener('stop', end);
  recorder.ondataavailable = ({ data }) => {
    parts.push(data);
    if (current === running) show(running);
  };
  current = running;
  recorder.start(SLICE_MS);
  show(running);
}

export function pauseRecording(isPaused: boolean): void {
  if (current?.recorder.state === 'recording' && isPaused) current.recorder.pause();
  if (current?.recorder.state === 'paused' && !isPaused) current.recorder.resume();
}

/** Ends it; what was recorded is kept. */
export async function stopRecording(): Promise<void> {
  const running = current;
  if (running === undefined) return;
  if (running.recorder.state !== 'inactive') running.recorder.stop();
  await running.ended;
  if (current === running) show(running);
}

/** Ends it and hands over what was recorded, which is no longer kept here; `undefined` where nothing was. */
export async function takeRecording(): Promise<RecordedVideo | undefined> {
  const running = current;
  if (running === undefined) return undefined;
  const { parts, spans, recorder } = running;
  if (recorder.state !== 'inactive') recorder.stop();
  current = undefined;
  cameraRecording.value = undefined;
  await running.ended;
  const type = recorder.mimeType.split(';')[0] ?? '';
  return {
    file: new Blob(parts, { type }),
    durationMs: lengthOf(spans, performance.now()),
    toVideoMs: (clockMs) => {
      const span = spans.find(({ fromMs, toMs }) => fromMs <= clockMs && clockMs <= toMs);
      return span === undefined ? undefined : span.videoMs + clockMs - span.fromMs;
    },
  };
}

export function discardRecording(): void {
  const running = current;
  current = undefined;
  cameraRecording.value = undefined;
  if (running !== undefined && running.recorder.state !== 'inactive') running.recorder.stop();
}

function show({ recorder, parts, spans }: Running): void {
  cameraRecording.value = {
    sizeBytes: parts.reduce((sum, { size }) => sum + size, 0),
    durationMs: lengthOf(spans, performance.now()),
    isRunning: recorder.state !== 'inactive',
  };
}

function lengthOf(spans: readonly Span[], nowMs: number): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + Math.min(toMs, nowMs) - fromMs, 0);
}
