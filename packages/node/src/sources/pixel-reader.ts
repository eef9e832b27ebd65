import type { Readable } from 'node:stream';

/** Fills buffers from a stream, and reads no further. */
export function createPixelReader(stream: Readable): { fill(target: Uint8Array): Promise<boolean> } {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    /** @returns whether there were enough bytes */
    async fill(target) {
      for (let at = 0; at < target.length;) {
        if (rest.length === 0) {
          // A broken stream is one that ended early; the exit of ffmpeg explains the rest.
          const { value } = await chunks.next().catch(() => ({ value: undefined }));
          if (value === undefined) return false;
          rest = value;
        }
        const part = rest.subarray(0, target.length - at);
        target.set(part, at);
        at += part.length;
        rest = rest.subarray(part.length);
      }
      return true;
    },
  };
}
