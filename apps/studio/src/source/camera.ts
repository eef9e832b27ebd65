/** The camera: opened after the person agreed, read by every chosen model, and released. */
import { computed, effect, signal } from '@preact/signals';
import { CameraError, listCameras, openCamera, type Camera, type CameraDevice } from '@mien/web';
import { notify } from '../state/notices.js';
import { createCropSieve, keepCrops } from '../state/crops.js';
import { beginOpening } from '../state/opening.js';
import { readers, type Reader } from '../state/readers.js';
import { settings } from '../state/settings.js';
import { addFrame, clearRecording, SAMPLE_INTERVAL_MS, timeOf } from '../state/recording.js';
import {
  closeScene,
  isCameraKept,
  liveRate,
  liveResults,
  noteReader,
  openScene,
  scene,
  sceneClosing,
} from '../state/scene.js';
import { mayReplace } from '../unsaved/may-replace.js';
import { createCameraClock } from './camera-clock.js';
import { cameraRecording, discardRecording, pauseRecording, takeRecording } from './camera-recording.js';
import { keepSession } from './keep-session.js';
import { reportReadingProblem } from './report-problem.js';
import { collectSession, showRecording } from './show-recording.js';
import { words } from '../words/words.js';

export const cameras = signal<readonly CameraDevice[]>([]);
export const deviceId = signal<string | undefined>(undefined);
export const isOpening = signal(false);
/** Whether the camera that is open gives no picture: the computer slept, or its cover is closed. */
export const isMuted = signal(false);

let clock = createCameraClock();

/** The rate is the mean over about this time. */
const RATE_MS = 1000;

/**
 * Asks first where something unsaved would be replaced.
 *
 * @param wantedId the camera to open; that of the last time by default
 */
export async function startCamera(wantedId = deviceId.peek()): Promise<void> {
  if (isOpening.value) return;
  isOpening.value = true;
  const opening = beginOpening();
  try {
    if (!(await mayReplace(opening))) return;
    deviceId.value = wantedId;
    closeCamera();
    const camera = await open();
    if (opening.aborted) {
      camera.stop();
      return;
    }
    deviceId.value = camera.deviceId;
    followMute(camera.stream);
    openScene({ kind: 'camera', camera, isPaused: false }, () => {
      camera.stop();
      clearRecording();
      discardRecording();
    });
    cameras.value = await listCameras();
  } catch (error) {
    if (opening.aborted) return;
    const problem = error instanceof CameraError ? error.problem : 'failed';
    notify(words.peek().camera.problems[problem]);
  } finally {
    isOpening.value = false;
  }
}

/** The camera that was chosen, or any other if that is gone: there is nothing to choose from until one is open. */
async function open(): Promise<Camera> {
  const onLost = (error: CameraError): void => {
    void stopCamera();
    notify(words.peek().camera.problems[error.problem]);
  };
  const chosen = deviceId.peek();
  if (chosen !== undefined) {
    try {
      return await openCamera({ deviceId: chosen, onLost });
    } catch (error) {
      const isGone = error instanceof CameraError && ['unsuitable', 'missing'].includes(error.problem);
      if (!isGone) throw error;
    }
  }
  return openCamera({ onLost });
}

function followMute(stream: MediaStream): void {
  const [track] = stream.getVideoTracks();
  const update = (): void => {
    isMuted.value = track?.muted === true;
  };
  track?.addEventListener('mute', update);
  track?.addEventListener('unmute', update);
  update();
}

/**
 * Lets go of the camera. What was read stays, to be looked at and saved: with the video, if that was recorded. Teaching has
 * no use for it.
 *
 * @returns when what stays is shown
 */
export async function stopCamera(): Promise<void> {
  const now = scene.peek();
  if (now.kind !== 'camera') return;
  const { width, height } = now.camera;
  const isKept = cameraRecording.peek() === undefined && isCameraKept.peek();
  const session = collectSession({ width, height }, clock.startMs);
  const showSession = isKept ? keepSession({ width, height }) : undefined;
  const recorded = takeRecording();
  closeScene();
  // Until something else is opened, or everything is wiped.
  const signal = sceneClosing();
  await showSession?.(signal);
  const video = await recorded;
  if (video !== undefined) await showRecording(video, session, signal);
}

/** Lets go of the camera, and of what was read of it. */
function closeCamera(): void {
  if (scene.peek().kind === 'camera') closeScene();
}

export function togglePause(): void {
  const now = scene.peek();
  if (now.kind !== 'camera') return;
  const { video } = now.camera;
  if (now.isPaused) void video.play();
  else video.pause();
  pauseRecording(!now.isPaused);
  scene.value = { ...now, isPaused: !now.isPaused };
}

/** The camera that is open, whether it is paused or not. */
const openCameraNow = computed(() => (scene.value.kind === 'camera' ? scene.value.camera : undefined));

/** Watches the camera with every model that is chosen. What they read stays for as long as the camera is open. */
export function followCamera(): () => void {
  return effect(() => {
    const camera = openCameraNow.value;
    if (camera === undefined) return undefined;
    clearRecording();
    clock = createCameraClock();
    isCameraKept.value = false;
    const watching = new Map<Reader, () => void>();
    const stopFollowing = effect(() => {
      for (const [reader, stop] of watching) {
        if (readers.value.includes(reader)) continue;
        stop();
        watching.delete(reader);
      }
      for (const reader of readers.value)
        if (!watching.has(reader)) watching.set(reader, watchWith(reader, camera.video));
    });
    const stopKeeping = effect(() => {
      if (settings.value.mode === 'read') isCameraKept.value = true;
    });
    return () => {
      stopFollowing();
      stopKeeping();
      for (const stop of watching.values()) stop();
    };
  });
}

function watchWith(reader: Reader, video: HTMLVideoElement): () => void {
  const { choice, analyzer } = reader;
  noteReader(reader);
  const countFrame = createRateCounter();
  const sieveCrops = createCropSieve('camera');
  const move = clock.follow(choice.id);
  let recordedMs = -Infinity;
  return analyzer.watch(
    video,
    (seen, { latencyMs }) => {
      const found = move(seen, latencyMs);
      const isRecorded = timeOf(found) - recordedMs >= SAMPLE_INTERVAL_MS;
      const result = isRecorded ? sieveCrops(found) : keepCrops(found);
      liveResults.value = new Map(liveResults.peek()).set(choice.id, result);
      if (isRecorded) {
        recordedMs = timeOf(found);
        addFrame(choice.id, result);
      }
      if (readers.peek()[0] === reader) liveRate.value = countFrame(performance.now(), latencyMs);
    },
    { crops: true, onError: (error) => reportReadingProblem(reader, error) },
  );
}

function createRateCounter() {
  const times: { readonly atMs: number; readonly latencyMs: number }[] = [];
  return (atMs: number, latencyMs: number) => {
    times.push({ atMs, latencyMs });
    while (times.length > 1 && atMs - times[0]!.atMs > RATE_MS) times.shift();
    const spanMs = atMs - times[0]!.atMs;
    return {
      framesPerSecond: spanMs > 0 ? ((times.length - 1) / spanMs) * 1000 : 0,
      latencyMs: times.reduce((sum, one) => sum + one.latencyMs, 0) / times.length,
    };
  };
}
