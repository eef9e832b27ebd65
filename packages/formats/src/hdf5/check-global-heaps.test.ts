/** Files whose texts would keep the HDF5 library walking for ever. */
import { expect, it } from 'vitest';
import { toWeightsFile } from '../testing/keras-file.js';
import { findEndlessHeap } from './check-global-heaps.js';
import { readHdf5 } from './hdf5-reader.js';

const HEAP_HEADER = 16;
const SIZE = 8;

/** Where the entries of the file's heaps begin. */
function entriesOf(file: Uint8Array): number[] {
  const found: number[] = [];
  const buffer = Buffer.from(file);
  for (let at = buffer.indexOf('GCOL'); at >= 0; at = buffer.indexOf('GCOL', at + 1)) {
    const end = at + Number(buffer.readBigUInt64LE(at + SIZE));
    for (let entry = at + HEAP_HEADER; entry + HEAP_HEADER <= end;) {
      found.push(entry);
      const size = Number(buffer.readBigUInt64LE(entry + SIZE));
      entry += buffer.readUInt16LE(entry) === 0 ? size : HEAP_HEADER + Math.ceil(size / 8) * 8;
    }
  }
  return found;
}

const read = (bytes: Uint8Array) => readHdf5(bytes, 'a.h5', (file) => file.text('/', 'backend'));

it('reads a whole file', async () => {
  const file = await toWeightsFile([{ className: 'Flatten', name: 'flat' }]);
  expect(entriesOf(file).length).toBeGreaterThan(1);
  expect(findEndlessHeap(file)).toBeUndefined();
  expect(await read(file)).toBe('tensorflow');
});

// The second makes 0 of 32 bits, the third goes back to where it came from.
it.each([0n, 0xffff_fff0n, 2n ** 64n - 16n])('refuses entries of %i bytes', async (size) => {
  const file = await toWeightsFile([{ className: 'Flatten', name: 'flat' }]);
  for (const [isFree, at] of entriesOf(file).flatMap((at) => [[false, at] as const, [true, at] as const])) {
    const bytes = Buffer.from(file);
    bytes.writeBigUInt64LE(size, at + SIZE);
    if (isFree) bytes.writeUInt16LE(0, at);
    if (size === 0n && bytes.readUInt16LE(at) !== 0) continue;
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(
        /^a\.h5: not a readable HDF5 file, a heap of texts at byte \d+/,
      ) as string,
    });
  }
});
