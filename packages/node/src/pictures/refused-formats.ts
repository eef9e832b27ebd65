/** Names the formats that sharp does not decode, and says how to convert them. */
import { readTiffStructure } from './tiff-structure.js';

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
const HEIC =
  'is HEIC, the format of iPhone photographs, which needs a program of libheif: install it ' +
  '(apt install libheif-examples, dnf install libheif-tools, brew install libheif), or convert the picture to JPEG';

/** First bytes of raw files that are not TIFF, in Latin-1. */
const RAW_HEADS: readonly (readonly [offset: number, text: string, name: string])[] = [
  [0, 'FUJIFILMCCD-RAW', 'RAF'],
  [0, 'IIRO', 'ORF'],
  [0, 'IIRS', 'ORF'],
  [0, 'MMOR', 'ORF'],
  [0, 'IIU\0', 'RW2'],
  [0, 'FOVb', 'X3F'],
  [0, '\0MRM', 'MRW'],
  [4, 'ftypcrx ', 'CR3'],
];

/** What the bytes are, as the end of a message, if they are a format that cannot be read; otherwise `undefined`. */
export function nameRefusedFormat(bytes: Uint8Array): string | undefined {
  const raw = nameRaw(bytes);
  if (raw !== undefined) {
    const kind = raw === 'RAW' ? 'the raw file of a camera' : `${raw}, the raw file of a camera`;
    return `is ${kind}, whose picture has to be developed first; export it as JPEG or TIFF, or use the camera's JPEG`;
  }
  return isHeic(bytes) ? HEIC : undefined;
}

/** Whether the bytes are the raw file of a camera: its format, or `RAW`. */
export function nameRaw(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const known = RAW_HEADS.find(([offset, text]) => head.startsWith(text, offset));
  return known?.[2] ?? readTiffStructure(bytes)?.raw;
}

/** By the brands of the file type box. Ref: ISO/IEC 23008-12, annex B. */
export function isHeic(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  if (!head.startsWith('ftyp', 4)) return false;
  const length = Math.min(Buffer.from(bytes.subarray(0, 4)).readUInt32BE(), head.length);
  const brands = [head.slice(8, 12), ...(head.slice(16, length).match(/.{4}/gs) ?? [])];
  return !brands.includes('avif') && brands.some((brand) => HEIC_BRANDS.includes(brand));
}
