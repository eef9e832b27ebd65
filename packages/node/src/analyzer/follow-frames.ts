/** Frames that the caller has, analysed one after the other as one video. */
import type { Analysis, AsyncAnalyzer } from '@mien/core';
import { readPictureSource, type PictureSource } from './read-picture-source.js';

/** One video, frame by frame: its faces have an `id` and `smoothed` values, as those of `frames()`. */
export interface FrameFollower {
  /**
   * Analyses the next frame. Await one call before the next: frames are followed in the order in which they are decoded.
   *
   * @param timestampMs presentation time of the frame, not before that of the previous one
   * @throws MienError as `analyze()` of the analyzer, and `USAGE` if time goes back
   */
  analyze(source: PictureSource, timestampMs: number): Promise<Analysis>;
  /** Forgets the faces. Needed only where followers come and go: each holds a little memory. */
  dispose(): Promise<void>;
}

/** @param requireUsable called before each frame; throws after `dispose` of the analyzer */
export function followFrames(analyzer: AsyncAnalyzer, requireUsable: () => void): FrameFollower {
  return {
    async analyze(source, timestampMs) {
      requireUsable();
      return analyzer.analyzeFrame(await readPictureSource(source), timestampMs);
    },
    dispose: () => analyzer.dispose(),
  };
}
