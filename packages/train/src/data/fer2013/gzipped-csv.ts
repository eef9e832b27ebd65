/** How a gzipped CSV is known, and the error of one that is damaged. */
import { MienError } from '@mien/core';

/** Whether bytes start a gzip file, whatever its name says. Ref: RFC 1952. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error of a gzipped CSV that cannot be unpacked. */
export function toDamagedGzip(source: string, rows: number, cause: unknown): MienError {
  return new MienError(
    'INPUT_INVALID',
    `${source}: the gzip data is damaged or cut off after row ${rows}; get the file again`,
    { cause },
  );
}
