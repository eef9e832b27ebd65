/**
 * Animated GIF and WebP, with sharp: each picture with the time at which it is shown. A delay is as the file has it,
 * except that delays of up to 10 ms count as 100 ms, as browsers show them.
 */
import { decodePixels, type EncodedPicture } from '../decode-picture.js';
import { createSampler } from './sampling.js';
import type { OpenedSource, Sampling, TimedFrame } from './source.js';

const SHORTEST_DELAY_MS = 10;
const USUAL_DELAY_MS = 100;

export function openAnimation(animation: EncodedPicture, sampling: Sampling): OpenedSource {
  const startsMs: number[] = [];
  let endMs = 0;
  for (const delay of animation.delays) {
    startsMs.push(endMs);
    endMs += delay <= SHORTEST_DELAY_MS ? USUAL_DELAY_MS : delay;
  }
  async function* frames(): AsyncGenerator<TimedFrame, void, void> {
    const isWanted = createSampler(sampling);
    for (const [page, timestampMs] of startsMs.entries()) {
      if (isWanted(timestampMs)) yield { frame: await decodePixels(animation, page), timestampMs };
    }
  }
  return { kind: 'footage', endMs: Math.min(endMs, sampling.toMs ?? Infinity), frames: frames() };
}
