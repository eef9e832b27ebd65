/**
 * Animated GIF and WebP: patches are drawn on a white canvas one after the other, and each state of the canvas is a frame.
 * Delays are those of the file, except that delays up to 10 ms count as 100 ms, as in browsers.
 */
import { MienError } from '@mien/core';
import { MAX_PIXELS, type EncodedPicture } from '../pictures/decode-picture.js';
import { loadSharp } from '../pictures/load-sharp.js';
import { readPatches, type Patch } from './animation-patches.js';
import { createSampler } from './sampling.js';
import type { OpenedSource, Sampling, TimedFrame } from './source.js';

const SHORTEST_DELAY_MS = 10;
const USUAL_DELAY_MS = 100;
const WHITE = 255;

export function openAnimation(animation: EncodedPicture, sampling: Sampling): OpenedSource {
  const endMs = animation.delays.reduce((sum, delayMs) => sum + toShownMs(delayMs), 0);
  return {
    kind: 'video',
    endMs: Math.min(endMs, sampling.toMs ?? Infinity),
    frames: readFrames(animation, sampling),
  };
}

function toShownMs(delayMs: number): number {
  return delayMs <= SHORTEST_DELAY_MS ? USUAL_DELAY_MS : delayMs;
}

async function* readFrames(
  animation: EncodedPicture,
  sampling: Sampling,
): AsyncGenerator<TimedFrame, void, void> {
  const { width, height } = animation;
  const { toMs = Infinity, signal } = sampling;
  const isWanted = createSampler(sampling);
  const canvas = createCanvas(width, height);
  let timestampMs = 0;
  for (const patch of readPatches(animation)) {
    if (timestampMs >= toMs || signal?.aborted === true) return;
    const finish = canvas.draw(patch, await decodePatch(animation.path, patch, timestampMs));
    if (isWanted(timestampMs))
      yield { frame: { width, height, channels: 3, data: canvas.data }, timestampMs };
    finish();
    timestampMs += toShownMs(patch.delayMs);
  }
}

/** The RGBA pixels of one patch. */
async function decodePatch(path: string, { file }: Patch, timestampMs: number): Promise<Uint8Array> {
  return loadSharp()(file, { failOn: 'error', limitInputPixels: MAX_PIXELS })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer()
    .catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
      throw new MienError(
        'INPUT_INVALID',
        `${path}: is damaged or cut short at ${(timestampMs / 1000).toFixed(3)} s (${detail}); copy or download it again`,
        { cause },
      );
    });
}

/**
 * RGB pixels, initially white. Compositing is associative, so transparency can be white from the start: the canvas needs no
 * alpha channel.
 */
function createCanvas(width: number, height: number) {
  const data = new Uint8Array(width * height * 3).fill(WHITE);
  return {
    data,
    /** @returns applies the disposal; to be called before the next patch */
    draw(patch: Patch, rgba: Uint8Array): () => void {
      const { x, y, isBlended, after } = patch;
      const right = Math.min(width, x + patch.width);
      const bottom = Math.min(height, y + patch.height);
      const rowBytes = Math.max(0, right - x) * 3;
      const before = after === 'restore' ? data.slice() : undefined;
      for (let row = y; row < bottom; row++) {
        let from = (row - y) * patch.width * 4;
        for (let to = (row * width + x) * 3, end = to + rowBytes; to < end; to += 3, from += 4) {
          const alpha = (rgba[from + 3] ?? 0) / 255;
          for (let c = 0; c < 3; c++) {
            const below = isBlended ? (data[to + c] ?? 0) : WHITE;
            data[to + c] = Math.round(below + ((rgba[from + c] ?? 0) - below) * alpha);
          }
        }
      }
      return () => {
        if (before !== undefined) data.set(before);
        if (after !== 'clear') return;
        for (let row = y; row < bottom; row++) {
          const start = (row * width + x) * 3;
          data.fill(WHITE, start, start + rowBytes);
        }
      };
    },
  };
}
