import { MienError } from '@mien/core';

/** `batchSize` → `--batch-size` */
export function toFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Settings with which messages of `@mien/node` begin, and which people give as flags. */
const SETTINGS = /^(scaleFactor|minNeighbors|minFacePx|port|host|cert)\b/;

/** The error with the flag in the place of the setting: `minFacePx is …` → `--min-face is …` */
export function withFlag(error: unknown): unknown {
  if (!(error instanceof MienError) || error.code !== 'USAGE') return error;
  const message = error.message.replace(SETTINGS, (name) => toFlag(name.replace(/Px$/, '')));
  return new MienError('USAGE', message, { cause: error });
}
