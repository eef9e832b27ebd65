/**
 * A session as a file: what was read, and what the person said about it. Pictures are only in it if that was asked for.
 * Nothing in a file is trusted: it may come from someone else.
 */
import { isRecord, MienError, type Analysis, type Face } from '@mien/core';
import type { FaceCrop } from '@mien/web';
import type { Mark } from '../state/marks.js';
import type { SavedModel } from '../state/scene.js';
import { parseSavedCrop, toSavedCrop } from './saved-crop.js';

const FORMAT = 'mien-session';
const VERSION = 1;

export interface SavedPicture {
  readonly name: string;
  readonly result?: Analysis | undefined;
  /** The file in base64. */
  readonly data?: string | undefined;
}

export interface SavedPoster {
  readonly atMs: number;
  /** A JPEG in base64. */
  readonly data: string;
}

export interface ComparedModel {
  readonly model: SavedModel;
  /** Of a camera or video. */
  readonly frames: readonly Analysis[];
  /** Of each picture, where it was read. */
  readonly results: readonly (Analysis | undefined)[];
}

export interface Session {
  readonly kind: 'pictures' | 'video' | 'camera';
  readonly name: string;
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  /** The one whose readings lead: `frames`, or the results of `pictures`. */
  readonly model: SavedModel;
  /** Those that were compared with it. */
  readonly others: readonly ComparedModel[];
  readonly detector: string;
  readonly names: readonly (readonly [number, string])[];
  readonly hidden: readonly number[];
  readonly merged: readonly (readonly [number, number])[];
  readonly marks: readonly Mark[];
  /** Of a camera or video. */
  readonly frames: readonly Analysis[];
  readonly pictures: readonly SavedPicture[];
  /** The faces of each result of `frames` or `pictures` as the network saw them, where they were saved. */
  readonly crops: readonly (readonly (FaceCrop | undefined)[])[];
  readonly posters: readonly SavedPoster[];
}

export function toSessionFile(session: Session): string {
  const crops = session.crops.map((faces) =>
    faces.map((crop) => (crop === undefined ? null : toSavedCrop(crop))),
  );
  return JSON.stringify({ format: FORMAT, version: VERSION, ...session, crops });
}

/** @throws MienError `INPUT_INVALID` for what is no session, or a damaged one */
export function parseSessionFile(text: string): Session {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MienError('INPUT_INVALID', 'session: is not JSON, or was cut off', { cause });
  }
  const file = toRecord(value, 'the file');
  if (file['format'] !== FORMAT) fail('format', `"${FORMAT}"`);
  if (file['version'] !== VERSION) fail('version', `${VERSION}`);
  const kind = (['pictures', 'video', 'camera'] as const).find((one) => one === file['kind']);
  if (kind === undefined) fail('kind', 'pictures, video or camera');
  const model = toModel(file['model']);
  const { labels } = model;
  const frames = toFrames(file['frames'], labels);
  return {
    kind,
    name: toText(file['name'], 'name'),
    durationMs: toNumber(file['durationMs'], 'durationMs'),
    width: toNumber(file['width'], 'width'),
    height: toNumber(file['height'], 'height'),
    model,
    // Files of before have none.
    others: toList(file['others'] ?? [], 'others').map(toCompared),
    detector: toText(file['detector'], 'detector'),
    names: toPairs(file['names'], 'names').map(([key, name]) => [
      toNumber(key, 'names'),
      toText(name, 'names'),
    ]),
    hidden: toList(file['hidden'], 'hidden').map((key) => toNumber(key, 'hidden')),
    merged: toPairs(file['merged'], 'merged').map(([id, into]) => [
      toNumber(id, 'merged'),
      toNumber(into, 'merged'),
    ]),
    marks: toList(file['marks'], 'marks').map((mark) => {
      const { atMs, note } = toRecord(mark, 'marks');
      return { atMs: toNumber(atMs, 'marks'), note: toText(note, 'marks') };
    }),
    frames,
    pictures: toList(file['pictures'], 'pictures').map((picture) => {
      const { name, result, data } = toRecord(picture, 'pictures');
      return {
        name: toText(name, 'pictures'),
        result: result === undefined ? undefined : toAnalysis(result, labels),
        data: data === undefined ? undefined : toText(data, 'pictures'),
      };
    }),
    // Nor these.
    crops: toList(file['crops'] ?? [], 'crops').map((faces) =>
      toList(faces, 'crops').map((crop) => (crop === null ? undefined : toCrop(crop))),
    ),
    posters: toList(file['posters'] ?? [], 'posters').map((poster) => {
      const { atMs, data } = toRecord(poster, 'posters');
      return { atMs: toNumber(atMs, 'posters'), data: toText(data, 'posters') };
    }),
  };
}

function toModel(value: unknown): SavedModel {
  const { id, name, labels } = toRecord(value, 'model');
  const texts = toList(labels, 'model.labels').map((label) => toText(label, 'model.labels'));
  if (texts.length === 0) fail('model.labels', 'at least one');
  return { id: toText(id, 'model.id'), name: toText(name, 'model.name'), labels: texts };
}

function toFrames(value: unknown, labels: readonly string[]): readonly Analysis[] {
  const frames = toList(value, 'frames').map((frame) => toAnalysis(frame, labels));
  frames.forEach(({ timestampMs = NaN }, index) => {
    if (!(timestampMs >= (frames[index - 1]?.timestampMs ?? 0))) fail('frames', 'times that go on');
  });
  return frames;
}

function toCompared(value: unknown): ComparedModel {
  const { model, frames, results } = toRecord(value, 'others');
  const read = toModel(model);
  return {
    model: read,
    frames: toFrames(frames, read.labels),
    results: toList(results, 'results').map((result) =>
      result === null ? undefined : toAnalysis(result, read.labels),
    ),
  };
}

function toCrop(value: unknown): FaceCrop {
  return parseSavedCrop(value) ?? fail('crops', 'small pictures');
}

function toAnalysis(value: unknown, labels: readonly string[]): Analysis {
  const frame = toRecord(value, 'a result');
  toNumber(frame['width'], 'width of a result');
  toNumber(frame['height'], 'height of a result');
  if (frame['timestampMs'] !== undefined) toNumber(frame['timestampMs'], 'timestampMs');
  for (const face of toList(frame['faces'], 'faces')) checkFace(toRecord(face, 'a face'), labels);
  return frame as unknown as Analysis;
}

function checkFace(face: Record<string, unknown>, labels: readonly string[]): void {
  const box = toRecord(face['box'], 'box');
  for (const side of ['x', 'y', 'width', 'height']) toNumber(box[side], `box.${side}`);
  if (face['id'] !== undefined) toNumber(face['id'], 'id');
  if (typeof face['unsure'] !== 'boolean') fail('unsure', 'true or false');
  const quality = toRecord(face['quality'], 'quality');
  toText(quality['verdict'], 'quality.verdict');
  for (const reading of [face, face['smoothed']].filter((one) => one !== undefined)) {
    const { expression, probabilities } = toRecord(reading, 'smoothed') as unknown as Face;
    if (!labels.includes(expression)) fail('expression', 'a label of the model');
    const row = toRecord(probabilities, 'probabilities');
    for (const label of labels) toNumber(row[label], 'probabilities');
  }
}

function toRecord(value: unknown, name: string): Record<string, unknown> {
  return isRecord(value) ? value : fail(name, 'an object');
}

function toList(value: unknown, name: string): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : fail(name, 'a list');
}

function toPairs(value: unknown, name: string): readonly (readonly [unknown, unknown])[] {
  return toList(value, name).map((pair) => {
    const [first, second] = toList(pair, name);
    return [first, second] as const;
  });
}

function toNumber(value: unknown, name: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fail(name, 'a number');
}

function toText(value: unknown, name: string): string {
  return typeof value === 'string' ? value : fail(name, 'a text');
}

function fail(name: string, expected: string): never {
  throw new MienError('INPUT_INVALID', `session: ${name} must be ${expected}; save the session again`);
}
