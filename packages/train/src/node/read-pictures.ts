/**
 * Turns planned pictures into a dataset: decode, detect the face in whole photographs, crop, resize, convert to grey
 * unless the network reads colours.
 *
 * Faces are detected and cropped exactly as in `mien analyze`, so that the network is trained on what it will see:
 * upright, as large as in FER2013, resampled with a triangle filter (an area filter when shrinking), ITU-R 601 grey, with
 * the edge repeated where a face is cut off. Pictures that are cropped faces already are cropped to the largest centred
 * rectangle of the network's shape, never stretched.
 *
 * At most one decoded picture per worker is in memory; the result is allocated once. Rows are in the order of a hash of
 * their paths: the same on every machine, and with every label in any part, which `validation: { fraction }` relies on.
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

/** Decoding and detection, which this package does not include. */
export interface PictureTools {
  /** Decodes a picture, upright; rejects with a MienError that names the file. */
  decodePicture(path: string): Promise<Frame>;
  /** Creates the detector for whole photographs; called once, and only for such collections. */
  createDetector(): Promise<Detector>;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface ReadPicturesOptions {
  readonly labelMap?: LabelMap;
  /** Of the pictures in the dataset, in pixels. */
  readonly size: PictureSize;
  /** 3 for red, green and blue, 1 for grey. */
  readonly channels: 1 | 3;
  readonly tools: PictureTools;
}

/** About 1 GB of pixels. */
const MAX_TOTAL_PIXELS = 2 ** 30;
const MAX_LABELS = 256;
/** More decoders in parallel are limited by memory bandwidth. */
const MAX_CONCURRENT = 4;
/** The split of a collection without splits. */
const ONLY_SPLIT = 'train';

interface Row extends PlannedPicture {
  /** Our name. */
  readonly label: string;
  readonly split: string;
}

/** @throws MienError when no picture can be read, and for the first unreadable file without `events.onUnreadable` */
export async function readPictures(
  root: string,
  { pictures, wholePhotographs }: Plan,
  { labelMap, size, channels, tools }: ReadPicturesOptions,
  events: ReadEvents,
): Promise<Dataset> {
  const rows = toRows(pictures, labelMap, events);
  const labelCount = new Set(rows.map(({ label }) => label)).size;
  if (labelCount > MAX_LABELS) {
    throw new MienError('INPUT_TOO_LARGE', `${root}: ${labelCount} labels, at most ${MAX_LABELS} are read; give the folder that contains the folders of the labels`); // prettier-ignore
  }
  const length = size.width * size.height * channels;
  if (rows.length * length > MAX_TOTAL_PIXELS) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${root}: ${rows.length} pictures of ${size.width}×${size.height} need more than ${MAX_TOTAL_PIXELS / 2 ** 20} MiB; choose a smaller size`,
    );
  }
  const cropFace = await createCrop({ ...size, channels }, wholePhotographs, tools);
  const images = new Uint8Array(rows.length * length);
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
        const face = cropFace(frame, row.box);
        if (face === undefined) {
          events.onLeftOut?.(source, 'no face detected');
        } else {
          images.set(face, index * length);
          isRead[index] = 1;
        }
      } catch (error) {
        rejected ||= !(error instanceof MienError) || events.onUnreadable === undefined;
        if (rejected) throw error;
        events.onUnreadable?.(source, error as MienError);
      }
      events.onProgress?.({ done: ++done, total: rows.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT, availableParallelism()) }, work));
  return toDataset(root, rows, images, isRead, { ...size, channels });
}

/** Maps labels, assigns splits and sorts. */
function toRows(
  pictures: readonly PlannedPicture[],
  labelMap: LabelMap | undefined,
  events: ReadEvents,
): Row[] {
  const kept = pictures.flatMap((picture) => {
    const label = resolveLabel(picture.label, labelMap);
    if (label === null) events.onLeftOut?.(picture.source, `labelled ${picture.label}`);
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

/** Crops the face of a picture to `[height, width, channels]`; `undefined` when no face is detected in a photograph. */
async function createCrop(
  size: PictureSize & { readonly channels: 1 | 3 },
  wholePhotographs: boolean,
  tools: PictureTools,
): Promise<(frame: Frame, box?: Box) => Uint8Array | undefined> {
  const input = { ...size, range: [0, 255] } as const;
  const toBytes = (crop: Float32Array) => Uint8Array.from(crop, (grey) => Math.floor(grey + 0.5));
  if (!wholePhotographs) {
    const cropper = await createFaceCropper(input, { scale: 1, offsetX: 0, offsetY: 0 });
    return (frame, box) =>
      toBytes(cropper.cropAll(frame, [box === undefined ? toCentredBox(frame, size) : toPixels(box, frame)]));
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

/** The largest rectangle of a shape in the middle of a picture. */
function toCentredBox({ width, height }: Frame, shape: PictureSize): Box {
  const scale = Math.min(width / shape.width, height / shape.height);
  const [across, down] = [shape.width * scale, shape.height * scale];
  return { x: (width - across) / 2, y: (height - down) / 2, width: across, height: down };
}

function toPixels({ x, y, width, height }: Box, frame: Frame): Box {
  return {
    x: x * frame.width,
    y: y * frame.height,
    width: width * frame.width,
    height: height * frame.height,
  };
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
  { width, height, channels }: PictureSize & { readonly channels: 1 | 3 },
): Dataset {
  const length = width * height * channels;
  const rows = planned.filter((_, index) => isRead[index] === 1);
  if (rows.length === 0) {
    throw new MienError('INPUT_INVALID', `${root}: none of its ${planned.length} pictures could be used: they are unreadable or excluded (see mien data check)`); // prettier-ignore
  }
  // Closes the gaps of pictures that were not read.
  let to = 0;
  isRead.forEach((read, from) => {
    if (read === 1) images.copyWithin(length * to++, length * from, length * (from + 1));
  });
  const labelNames = orderLabels(new Set(rows.map(({ label }) => label)));
  const found = new Set(rows.map(({ split }) => split));
  // The first is the training split, even if it is empty.
  const splitNames = PICTURE_SPLITS.filter((split) => split === ONLY_SPLIT || found.has(split));
  return {
    count: rows.length,
    width,
    height,
    ...(channels === 1 ? {} : { channels }),
    images: images.subarray(0, rows.length * length),
    labels: Uint8Array.from(rows, ({ label }) => labelNames.indexOf(label)),
    labelNames,
    splits: Uint8Array.from(rows, ({ split }) => splitNames.findIndex((name) => name === split)),
    splitNames,
    sources: rows.map(({ source }) => source),
  };
}
