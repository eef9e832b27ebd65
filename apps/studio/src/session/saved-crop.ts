/** Small pictures of faces in a session's file. */
import { isRecord } from '@mien/core';
import type { FaceCrop } from '@mien/web';
import { fromBase64, toBase64 } from './base64.js';

export interface SavedCrop {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The samples in base64. */
  readonly data: string;
}

/** Larger ones are no crops. */
const MAX_SIDE = 1024;

export function toSavedCrop({ width, height, channels, data }: FaceCrop): SavedCrop {
  return { width, height, channels, data: toBase64(data) };
}

/** @returns `undefined` for what is no crop */
export function parseSavedCrop(value: unknown): FaceCrop | undefined {
  if (!isRecord(value)) return undefined;
  const { width, height, channels, data } = value;
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) > 0 && (side as number) <= MAX_SIDE;
  if (!isSide(width) || !isSide(height) || (channels !== 1 && channels !== 3)) return undefined;
  const bytes = typeof data === 'string' ? fromBase64(data) : undefined;
  if (bytes?.length !== width * height * channels) return undefined;
  return { width, height, channels, data: bytes };
}
