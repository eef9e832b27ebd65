/** The file that a video is written to, in memory. */
import { BufferTarget, Mp4OutputFormat, Output, WebMOutputFormat, type OutputFormat } from 'mediabunny';
import type { CopyTask } from './messages.js';

/** @param container what the file is: its index stands at the front, so that players can seek at once */
export function createOutput(container: CopyTask['container']): Output<OutputFormat, BufferTarget> {
  const format =
    container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat();
  return new Output({ format, target: new BufferTarget() });
}

/** @throws Error if nothing was written */
export function bytesOf({ target }: Output<OutputFormat, BufferTarget>): ArrayBuffer {
  if (target.buffer === null) throw new Error('nothing was written');
  return target.buffer;
}
