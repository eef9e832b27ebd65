import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Words } from './sha256.js';

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 2304, 10_001])(
  "of %i bytes is Node's, at every length around a block",
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 3)) % 256);
    const expected = createHash('sha256').update(bytes).digest();
    expect([...sha256Words(bytes)]).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => expected.readUInt32BE(4 * i)),
    );
  },
);
