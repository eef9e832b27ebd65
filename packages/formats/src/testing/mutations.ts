import { createUniform } from './synthetic-numbers.js';

const KINDS = ['flip', 'ones', 'zeros', 'truncate', 'repeat', 'number'] as const;

/**
 * Damaged copies of a file, the same for every run: flipped bits, runs of ones and zeros, a missing end, a piece
 * repeated, a number made huge.
 */
export function* mutationsOf(file: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const uniform = createUniform(seed);
  const below = (limit: number) => Math.min(Math.floor(((uniform() + 1) / 2) * limit), limit - 1);
  for (let index = 0; index < count; index++) {
    // Not `slice`: that of Node's Buffer copies nothing.
    let bytes = new Uint8Array(file);
    for (let times = 1 + below(3); times > 0; times--) {
      const at = below(bytes.length);
      const length = 1 + below(Math.min(9, bytes.length - at));
      switch (KINDS[below(KINDS.length)]) {
        case 'flip':
          bytes[at]! ^= 1 << below(8);
          break;
        case 'ones':
          bytes.fill(0xff, at, at + length);
          break;
        case 'zeros':
          bytes.fill(0, at, at + length);
          break;
        case 'truncate':
          bytes = bytes.slice(0, Math.max(at, 1));
          break;
        case 'repeat':
          bytes = joined(bytes.subarray(0, at + length), bytes.subarray(at));
          break;
        case 'number':
          bytes[at] = below(256);
          break;
        case undefined:
      }
    }
    yield bytes;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Everything that JavaScript and its buffers hold, in bytes. */
export function memoryInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
