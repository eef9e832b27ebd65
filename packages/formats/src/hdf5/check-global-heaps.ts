/**
 * Refuses HDF5 files whose heaps of texts would never end.
 *
 * The library walks a heap's objects by their sizes, without a look at them: an object of no size, or of one that wraps
 * around, keeps it walking for ever. Every heap is therefore walked here first.
 *
 * Ref: HDF5 File Format Specification 3.0, III.E "Disk Format: Level 1E - Global Heap".
 */

/** "GCOL", version 1 and three zeros, with which a heap begins. */
const HEAP = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0] as const;
const ALIGNMENT = 8;
/** Index, count of references and four reserved bytes, before the size. */
const SIZE_OFFSET = 8;
/** Where a superblock says how long lengths are, by its version. */
const LENGTH_SIZE_OFFSETS: readonly number[] = [14, 14, 10, 10];
const VERSION_OFFSET = 8;

/** @returns what is wrong with a heap; `undefined` where all of them end */
export function findEndlessHeap(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthSize = bytes[LENGTH_SIZE_OFFSETS[bytes[VERSION_OFFSET] ?? -1] ?? -1];
  // The library refuses other sizes, or is refused them by its own build.
  if (lengthSize !== 4 && lengthSize !== 8) return undefined;
  const readLength = (at: number): number =>
    lengthSize === 8 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
  const headerBytes = align(SIZE_OFFSET + lengthSize);
  for (let start = bytes.indexOf(HEAP[0]); start >= 0; start = bytes.indexOf(HEAP[0], start + 1)) {
    if (!HEAP.every((byte, index) => bytes[start + index] === byte)) continue;
    if (start + headerBytes > bytes.length) continue;
    const end = Math.min(start + readLength(start + HEAP.length), bytes.length);
    for (let at = start + align(HEAP.length + lengthSize); at + headerBytes <= end;) {
      const size = readLength(at + SIZE_OFFSET);
      // Index 0 is what is free; its size includes its header.
      const isFree = view.getUint16(at, true) === 0;
      const taken = isFree ? size : headerBytes + align(size);
      if (taken < headerBytes || at + taken > end) {
        return `a heap of texts at byte ${start} holds an entry of ${size} bytes where ${end - at} are left`;
      }
      at += taken;
    }
  }
  return undefined;
}

function align(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
