/**
 * The directories of a TIFF file: its pages, and whether it is in truth the raw file of a camera, in which the first picture
 * is a thumbnail.
 *
 * Ref: TIFF 6.0 (Adobe 1992); TIFF/EP (ISO 12234-2); Digital Negative Specification 1.7 (Adobe).
 */

const TAG = { subfileType: 254, photometric: 262, subDirectories: 330, dngVersion: 50706 } as const;
const SUBFILE = { reduced: 1, mask: 4 } as const;
/** Colour filter array, and linear raw samples. */
const RAW_PHOTOMETRICS = [32803, 34892];
const ENTRY_BYTES = 12;
const MOST_PAGES = 10_000;

export interface TiffStructure {
  /** Pages of full size. */
  readonly pages: number;
  /** What kind of raw file it is; absent for pictures. */
  readonly raw?: string;
}

/** `undefined` if the bytes are no TIFF file. */
export function readTiffStructure(bytes: Uint8Array): TiffStructure | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  if ((!isLittle && order !== 0x4d4d) || view.getUint16(2, isLittle) !== 42) return undefined;
  const seen = new Set<number>();
  let [pages, raw] = [0, isCanon(bytes) ? 'CR2' : undefined];
  let at = view.getUint32(4, isLittle);
  while (at !== 0 && at + 2 <= bytes.length && !seen.has(at) && seen.size < MOST_PAGES) {
    seen.add(at);
    const { tags, next } = readDirectory(view, at, isLittle);
    const subfile = tags.get(TAG.subfileType) ?? 0;
    const isReduced = (subfile & SUBFILE.reduced) !== 0;
    if (!isReduced && (subfile & SUBFILE.mask) === 0) pages++;
    if (tags.has(TAG.dngVersion)) raw ??= 'DNG';
    if (RAW_PHOTOMETRICS.includes(tags.get(TAG.photometric) ?? 0)) raw ??= 'RAW';
    // NEF, ARW, PEF and others begin with a thumbnail.
    if (seen.size === 1 && isReduced && tags.has(TAG.subDirectories)) raw ??= 'RAW';
    at = next;
  }
  return { pages, ...(raw !== undefined && { raw }) };
}

function isCanon(bytes: Uint8Array): boolean {
  return bytes[8] === 0x43 && bytes[9] === 0x52;
}

/** The first value of each tag of whole numbers, and the offset of the next directory. */
function readDirectory(view: DataView, at: number, isLittle: boolean) {
  const tags = new Map<number, number>();
  const count = view.getUint16(at, isLittle);
  let entry = at + 2;
  for (let i = 0; i < count && entry + ENTRY_BYTES <= view.byteLength; i++, entry += ENTRY_BYTES) {
    const isShort = view.getUint16(entry + 2, isLittle) === 3;
    const value = isShort ? view.getUint16(entry + 8, isLittle) : view.getUint32(entry + 8, isLittle);
    tags.set(view.getUint16(entry, isLittle), value);
  }
  const next = entry + 4 <= view.byteLength ? view.getUint32(entry, isLittle) : 0;
  return { tags, next };
}
