/**
 * Planned pictures → a dataset: decode, find the face where it is a whole photograph, crop, resize, grey.
 *
 * Faces are cut by the same cropper that `analyze` feeds its network with, found by the same detector and framed as it
 * frames them, so that a network learns from what it will see: upright, as large as in FER2013, resampled with a triangle
 * filter (an area filter when shrinking), ITU-R 601 grey, the edge repeated where the photograph cuts a face off. Of
 * pictures that are faces already, the largest square around the centre is taken: a face is never stretched.
 *
 * At no time are more decoded pictures in memory than cores work on them; the result has its final size from the
 * start. Rows come in the order of a hash of their sources: the same everywhere, and any part of them holds every
 * label, which `validation: { fraction }` relies on.
 */
import { availableParallelism } from 'node:os';
import {
  createFaceCropper,
  FER2013_CROP,
  MienError,
  type Box,
  type Detection,
  type Detector,
  type Frame,
} from '@mien/core';
import type { Dataset } from '../data/dataset.js';
import { orderLabels, resolveLabel, type LabelMap } from '../data/label-map.js';
import type { Plan, PlannedPicture, ReadEvents } from './layouts/plan.js';
import { hashOf, PICTURE_SPLITS, splitByPerson } from './split-by-person.js';

/** What this package cannot do itself: it reads no picture formats and holds no detector. */
export interface PictureTools {
  /** An upright picture; rejects with a MienError that names the file. */
  decodePicture(path: string): Promise<Frame>;
  /** Finds faces in whole photographs; asked for once, and only for collections of those. */
  createDetector(): Promise<Detector>;
}

export interface ReadPicturesOptions {
  readonly labelMap?: LabelMap;
  /** Width and height of the pictures in the dataset. */
  readonly size: number;
  readonly tools: PictureTools;
}

/** About 1 GB of pixels. */
const MAX_TOTAL_PIXELS = 2 ** 30;
const MAX_LABELS = 256;
/** More decoders at once only wait for each other's memory. */
const MAX_CONCURRENT = 4;
/** A collection without splits is one to train on. */
const ONLY_SPLIT = 'train';

interface Row extends PlannedPicture {
  /** In our words. */
  readonly label: string;
  readonly split: string;
}

/** @throws MienError when nothing can be read, and for the first unreadable file without `events.onUnreadable` */
export async function readPictures(
  root: string,
  { pictures, wholePhotographs }: Plan,
  { labelMap, size, tools }: ReadPicturesOptions,
  events: ReadEvents,
): Promise<Dataset> {
  const rows = toRows(pictures, labelMap, events);
  const labelCount = new Set(rows.map(({ label }) => label)).size;
  if (labelCount > MAX_LABELS) {
    throw new MienError('INPUT_TOO_LARGE', `${root}: ${labelCount} labels, at most ${MAX_LABELS} are read; give the folder whose folders are named as labels`); // prettier-ignore
  }
  if (rows.length * size * size > MAX_TOTAL_PIXELS) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${root}: ${rows.length} pictures of ${size}×${size} need more than ${MAX_TOTAL_PIXELS / 2 ** 20} MiB; choose a smaller size`,
    );
  }
  const cropFace = await createFaceCutter(size, wholePhotographs, tools);
  const images = new Uint8Array(rows.length * size * size);
  const isRead = new Uint8Array(rows.length);
  let [next, done, rejected] = [0, 0, false];
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const row = rows[index];
      if (row === undefined || rejected) return;
      const { path, source } = row;
      try {
        const frame = await tools.decodePicture(path);
        events.onPicture?.(source, frame.width, frame.height);
        const face = cropFace(frame);
        if (face === undefined) {
          events.onLeftOut?.(source, 'no face was found');
        } else {
          images.set(face, index * size * size);
          isRead[index] = 1;
        }
      } catch (error) {
        rejected = !(error instanceof MienError) || events.onUnreadable === undefined;
        if (rejected) throw error;
        events.onUnreadable?.(source, error as MienError);
      }
      events.onProgress?.({ done: ++done, total: rows.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT, availableParallelism()) }, work));
  return toDataset(root, rows, images, isRead, size);
}

/** Labels in our words, splits for all, in their final order. */
function toRows(
  pictures: readonly PlannedPicture[],
  labelMap: LabelMap | undefined,
  events: ReadEvents,
): Row[] {
  const kept = pictures.flatMap((picture) => {
    const label = resolveLabel(picture.label, labelMap);
    if (label === null) events.onLeftOut?.(picture.source, `is labelled ${picture.label}`);
    return label === null ? [] : [{ ...picture, label }];
  });
  const people = new Set(kept.flatMap(({ subject, split }) => (split === undefined && subject !== undefined ? [subject] : []))); // prettier-ignore
  const splitOf = people.size === 0 ? new Map<string, string>() : splitByPerson(people);
  return kept
    .map((picture) => ({
      row: { ...picture, split: picture.split ?? splitOf.get(picture.subject ?? '') ?? ONLY_SPLIT },
      rank: hashOf(picture.source),
    }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ row }) => row);
}

/** Cuts the face out of a picture, grey `[size, size]`; `undefined` where a whole photograph shows none. */
async function createFaceCutter(
  size: number,
  wholePhotographs: boolean,
  tools: PictureTools,
): Promise<(frame: Frame) => Uint8Array | undefined> {
  const input = { width: size, height: size, channels: 1, range: [0, 255] } as const;
  const toBytes = (crop: Float32Array) => Uint8Array.from(crop, (grey) => Math.floor(grey + 0.5));
  if (!wholePhotographs) {
    const cropper = await createFaceCropper(input, { scale: 1, offsetX: 0, offsetY: 0 });
    return (frame) => toBytes(cropper.cropAll(frame, [toCentredSquare(frame)]));
  }
  const [cropper, detector] = await Promise.all([
    createFaceCropper(input, FER2013_CROP),
    tools.createDetector(),
  ]);
  return (frame) => {
    const largest = toLargest(detector.detect(frame));
    return largest && toBytes(cropper.cropFaces(frame, [largest], detector));
  };
}

function toCentredSquare({ width, height }: Frame): Box {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
}

function toLargest(faces: readonly Detection[]): Detection | undefined {
  const area = ({ box }: Detection): number => box.width * box.height;
  return faces.reduce<Detection | undefined>((best, face) => (best === undefined || area(face) > area(best) ? face : best), undefined); // prettier-ignore
}

function toDataset(
  root: string,
  planned: readonly Row[],
  images: Uint8Array,
  isRead: Uint8Array,
  size: number,
): Dataset {
  const rows = planned.filter((_, index) => isRead[index] === 1);
  if (rows.length === 0) {
    throw new MienError('INPUT_INVALID', `${root}: none of its ${planned.length} pictures could be used: unreadable, or left out (see mien data check)`); // prettier-ignore
  }
  // Rows move up over those that were not read.
  let to = 0;
  isRead.forEach((read, from) => {
    if (read === 1) images.copyWithin(size * size * to++, size * size * from, size * size * (from + 1));
  });
  const labelNames = orderLabels(new Set(rows.map(({ label }) => label)));
  const found = new Set(rows.map(({ split }) => split));
  // The first is trained on, whether or not the collection has it.
  const splitNames = PICTURE_SPLITS.filter((split) => split === ONLY_SPLIT || found.has(split));
  return {
    count: rows.length,
    width: size,
    height: size,
    images: images.subarray(0, rows.length * size * size),
    labels: Uint8Array.from(rows, ({ label }) => labelNames.indexOf(label)),
    labelNames,
    splits: Uint8Array.from(rows, ({ split }) => splitNames.findIndex((name) => name === split)),
    splitNames,
    sources: rows.map(({ source }) => source),
  };
}
