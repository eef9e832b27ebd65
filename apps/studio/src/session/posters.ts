/** Small pictures of the scene at marked moments, for a session that is saved with them. Hidden faces are covered in them. */
import { effect } from '@preact/signals';
import { paintVeils } from '../scene/paint-marks.js';
import { veilsOf } from '../scene/marks-of.js';
import { createVideo, seek, waitFor } from '../source/seek-frames.js';
import { marks } from '../state/marks.js';
import { framesOf, timeOf } from '../state/recording.js';
import { mainId, scene, sceneClosing, type Poster } from '../state/scene.js';
import { scaleBox } from '../video/marks-at.js';

const WIDTH = 480;
const JPEG = { type: 'image/jpeg', quality: 0.8 } as const;

/** What the camera showed at each mark, since no one can ask it later. */
const seen = new Map<number, OffscreenCanvas>();

/** Keeps a small picture of the camera's scene in memory for each mark, for as long as the scene is open. */
export function followMarks(): () => void {
  return effect(() => {
    const now = scene.value;
    const times = new Set(marks.value.map(({ atMs }) => atMs));
    for (const atMs of seen.keys()) if (!times.has(atMs)) seen.delete(atMs);
    if (now.kind !== 'camera') return;
    for (const atMs of times) {
      if (!seen.has(atMs)) seen.set(atMs, capture(now.camera.video, now.camera));
    }
  });
}

/** One for each mark, and one of the first face, so that the session opens with a picture. */
export async function collectPosters(): Promise<(Omit<Poster, 'url'> & { readonly file: Blob })[]> {
  const now = scene.peek();
  const modelId = mainId.peek();
  const first = framesOf(modelId).find(({ faces }) => faces.length > 0);
  const times = [
    ...new Set([...(first === undefined ? [] : [timeOf(first)]), ...marks.peek().map(({ atMs }) => atMs)]),
  ];
  switch (now.kind) {
    case 'session':
      return now.posters.map(({ atMs, file }) => ({ atMs, file }));
    case 'camera':
      return Promise.all(
        [...seen].map(async ([atMs, canvas]) => ({
          atMs,
          file: await toFile(canvas, now.camera, modelId, atMs),
        })),
      );
    case 'video': {
      const video = createVideo(now.url);
      const signal = sceneClosing();
      try {
        await waitFor(video, 'loadeddata', signal);
        const posters = [];
        for (const atMs of times) {
          await seek(video, atMs, signal);
          posters.push({ atMs, file: await toFile(capture(video, now), now, modelId, atMs) });
        }
        return posters;
      } finally {
        video.removeAttribute('src');
        video.load();
      }
    }
    case 'pictures':
    case 'empty':
      return [];
    default:
      return now satisfies never;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function capture(video: HTMLVideoElement, { width, height }: Size): OffscreenCanvas {
  const scale = Math.min(1, WIDTH / width);
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** With the faces covered that are hidden now. */
async function toFile(canvas: OffscreenCanvas, size: Size, modelId: string, atMs: number): Promise<Blob> {
  const covered = new OffscreenCanvas(canvas.width, canvas.height);
  const context = covered.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  context.drawImage(canvas, 0, 0);
  const scale = { x: canvas.width / size.width, y: canvas.height / size.height };
  paintVeils(
    context,
    veilsOf(undefined, modelId, atMs).map((box) => scaleBox(box, scale)),
  );
  return covered.convertToBlob(JPEG);
}
