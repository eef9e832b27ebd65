/** Cameras: which there are, and one of them from opening to release. */
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
 * Why a camera cannot be used: its use was `denied`, it is `missing` or `busy` in another program, it has no picture as
 * it was asked for (`unsuitable`), the page is not served by https (`insecure`), it was unplugged or the permission was
 * withdrawn while it was open (`lost`), or something else `failed`.
 */
export type CameraProblem = (typeof CAMERA_PROBLEMS)[number];

/** Its `code` is `INPUT_UNREADABLE`; `problem` says why, for programs. */
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
  /** Plays the camera's picture. Default: a new element, which need not be put into the page. */
  readonly video?: HTMLVideoElement;
  /** A certain camera, by an id of {@link listCameras}. Default: the one that the browser or the person chooses. */
  readonly deviceId?: string;
  /** Of a phone: `user` (default) shows the person, `environment` what is in front of them. */
  readonly facingMode?: 'user' | 'environment';
  /** The size that is wished for, in pixels; the camera's own closest one is taken. Default 640×480. */
  readonly width?: number;
  readonly height?: number;
  /** The rate that is wished for, in frames a second. Default: the camera's own. */
  readonly frameRate?: number;
  /** Called when the camera is lost while it is open; it is released already. */
  readonly onLost?: (error: CameraError) => void;
  /** Releases the camera, or gives the opening up. */
  readonly signal?: AbortSignal;
}

export interface Camera {
  /** Plays. */
  readonly video: HTMLVideoElement;
  readonly stream: MediaStream;
  readonly deviceId: string;
  /** What the person knows it as. */
  readonly label: string;
  /** Of its picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Releases the camera; its light goes out. */
  stop(): void;
}

export interface CameraDevice {
  readonly deviceId: string;
  /** Empty until the person has allowed a camera. */
  readonly label: string;
}

const DEFAULT_SIZE = { width: 640, height: 480 };

/** By the name of the browser's error. */
const PROBLEMS: Readonly<Record<string, readonly [CameraProblem, message: string]>> = {
  NotAllowedError: [
    'denied',
    'its use is not allowed for this page; allow it beside the address and try again',
  ],
  SecurityError: ['denied', 'this page may not use cameras; its Permissions-Policy has to allow it'],
  NotFoundError: ['missing', 'none was found; plug one in and try again'],
  NotReadableError: ['busy', 'it cannot be read; close other programs that use it and try again'],
  AbortError: ['busy', 'it could not be started; close other programs that use it and try again'],
  OverconstrainedError: [
    'unsuitable',
    'none is as it was asked for; choose another one or leave its deviceId out',
  ],
};

/**
 * Opens a camera; the browser asks the person.
 *
 * @throws CameraError whose `problem` says why there is none; the signal's reason
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
  const stop = () => {
    isOpen = false;
    signal?.removeEventListener('abort', stop);
    for (const one of stream.getTracks()) one.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  try {
    signal?.throwIfAborted(); // The browser's question cannot be taken back.
    if (track === undefined) throw new CameraError('missing', 'camera: it has no picture');
    signal?.addEventListener('abort', stop);
    const lost = new Promise<never>((_, reject) => {
      // Not sent when the page itself stops it.
      track.onended = () => {
        if (!isOpen) return;
        stop();
        const error = new CameraError('lost', 'camera: it was unplugged, or its use is no longer allowed');
        reject(error);
        if (isPlaying) onLost?.(error);
      };
    });
    lost.catch(() => undefined);
    let isPlaying = false;
    video.srcObject = stream;
    await Promise.race([playing(video), lost]);
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
  }
}

/**
 * The cameras of this device. Their labels are empty until one was opened.
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
  throw new CameraError(
    'insecure',
    'camera: only pages that are served by https, or by this machine, have cameras',
  );
}

function createVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true; // Phones would show it over the whole screen.
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

/** Resolves when the first frame is there. */
async function playing(video: HTMLVideoElement): Promise<void> {
  await video.play();
  if (video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
  await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
}

function toCameraError(cause: unknown): CameraError {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  const [problem, text] = PROBLEMS[name] ?? ['failed', message];
  return new CameraError(problem, `camera: ${text}`, { cause });
}
