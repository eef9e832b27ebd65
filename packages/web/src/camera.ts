/** Lists, opens and releases cameras. */
import { MienError } from '@mien/core';

export const CAMERA_PROBLEMS = [
  'denied',
  'missing',
  'busy',
  'unsuitable',
  'insecure',
  'lost',
  'failed',
] as const;
/**
 * Why a camera cannot be used: permission was `denied`, there is none (`missing`), another program uses it (`busy`), none
 * meets the constraints (`unsuitable`), the page is not served over https (`insecure`), it was unplugged or permission was
 * withdrawn while it was open (`lost`), or something else `failed`.
 */
export type CameraProblem = (typeof CAMERA_PROBLEMS)[number];

/** `code` is `INPUT_UNREADABLE`; `problem` is the reason, for programs. */
export class CameraError extends MienError {
  constructor(
    readonly problem: CameraProblem,
    message: string,
    options?: { cause?: unknown },
  ) {
    super('INPUT_UNREADABLE', message, options);
  }
}

export interface CameraOptions {
  /** The element that plays the camera. Default: a new one, which does not have to be in the page. */
  readonly video?: HTMLVideoElement;
  /** Id of a camera from {@link listCameras}. Default: chosen by the browser or the user. */
  readonly deviceId?: string;
  /** On phones: the front camera, `user` (default), or the back camera, `environment`. */
  readonly facingMode?: 'user' | 'environment';
  /** Preferred size in pixels; the camera's closest size is used. Default 640×480. */
  readonly width?: number;
  readonly height?: number;
  /** Preferred frames per second. Default: the camera's. */
  readonly frameRate?: number;
  /** Called if the camera is lost while it is open. It has been released by then. */
  readonly onLost?: (error: CameraError) => void;
  /** Releases the camera, or cancels opening it. */
  readonly signal?: AbortSignal;
}

export interface Camera {
  /** Plays the camera. */
  readonly video: HTMLVideoElement;
  readonly stream: MediaStream;
  readonly deviceId: string;
  /** Name of the camera, for people. */
  readonly label: string;
  /** Size of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Releases the camera. */
  stop(): void;
}

export interface CameraDevice {
  readonly deviceId: string;
  /** Empty until the user has allowed the use of a camera. */
  readonly label: string;
}

const DEFAULT_SIZE = { width: 640, height: 480 };

/** By the name of the browser's error. */
const PROBLEMS: Readonly<Record<string, readonly [CameraProblem, message: string]>> = {
  NotAllowedError: ['denied', 'access was denied; allow it in the address bar and try again'],
  SecurityError: ['denied', "blocked by the page's Permissions-Policy"],
  NotFoundError: ['missing', 'not found; connect one and try again'],
  NotReadableError: ['busy', 'in use by another program; close that and try again'],
  AbortError: ['busy', 'could not be started; close other programs that use it and try again'],
  OverconstrainedError: ['unsuitable', 'none meets the constraints; choose another deviceId or leave it out'],
};

/**
 * Opens a camera. The browser asks the user for permission.
 *
 * @throws CameraError with the `problem`; the signal's reason
 *
 * @example
 * const camera = await openCamera({ facingMode: 'user' });
 * const stop = analyzer.watch(camera.video, (result) => console.log(result.faces.length));
 */
export async function openCamera(options: CameraOptions = {}): Promise<Camera> {
  const { video = createVideo(), onLost, signal } = options;
  signal?.throwIfAborted();
  const stream = await devices()
    .getUserMedia({ video: toConstraints(options) })
    .catch((cause: unknown) => {
      throw toCameraError(cause);
    });
  const [track] = stream.getVideoTracks();
  let isOpen = true;
  /** Aborted when the wait for the first frame is over, however it ends. */
  const opening = new AbortController();
  const stop = () => {
    isOpen = false;
    signal?.removeEventListener('abort', stop);
    for (const one of stream.getTracks()) one.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  try {
    signal?.throwIfAborted(); // The browser's prompt cannot be cancelled.
    if (track === undefined) throw new CameraError('missing', 'camera: has no video track');
    signal?.addEventListener('abort', stop);
    const ended = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: opening.signal });
      // Not fired when the page stops the track.
      track.onended = () => {
        if (!isOpen) return;
        stop();
        const error = new CameraError('lost', 'camera: disconnected, or permission was withdrawn');
        reject(error);
        if (isPlaying) onLost?.(error);
      };
    });
    ended.catch(() => undefined);
    let isPlaying = false;
    video.srcObject = stream;
    await Promise.race([playing(video, opening.signal), ended]);
    isPlaying = true;
    signal?.throwIfAborted();
    return {
      video,
      stream,
      deviceId: track.getSettings().deviceId ?? '',
      label: track.label,
      width: video.videoWidth,
      height: video.videoHeight,
      stop,
    };
  } catch (cause) {
    stop();
    signal?.throwIfAborted();
    throw cause instanceof CameraError ? cause : toCameraError(cause);
  } finally {
    opening.abort();
  }
}

/**
 * The cameras of this device. Labels are empty until the user has allowed the use of a camera.
 *
 * @throws CameraError `insecure`
 */
export async function listCameras(): Promise<CameraDevice[]> {
  const all = await devices().enumerateDevices();
  return all.filter(({ kind }) => kind === 'videoinput').map(({ deviceId, label }) => ({ deviceId, label }));
}

function devices(): MediaDevices {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  if (mediaDevices !== undefined) return mediaDevices;
  throw new CameraError('insecure', 'camera: needs a page that is served over https or from localhost');
}

function createVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true; // Otherwise phones play it full screen.
  return video;
}

function toConstraints(options: CameraOptions): MediaTrackConstraints {
  const { deviceId, facingMode = 'user', frameRate, width, height } = options;
  const size = width === undefined && height === undefined ? DEFAULT_SIZE : { width, height };
  return {
    ...(deviceId === undefined ? { facingMode } : { deviceId: { exact: deviceId } }),
    ...(size.width !== undefined && { width: { ideal: size.width } }),
    ...(size.height !== undefined && { height: { ideal: size.height } }),
    ...(frameRate !== undefined && { frameRate: { ideal: frameRate } }),
  };
}

/**
 * Resolves once the first frame is available.
 *
 * @param signal ends the wait, without a word
 */
async function playing(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  await video.play();
  if (video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
  await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true, signal }));
}

function toCameraError(cause: unknown): CameraError {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  const [problem, text] = PROBLEMS[name] ?? ['failed', message];
  return new CameraError(problem, `camera: ${text}`, { cause });
}
