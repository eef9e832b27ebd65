// Scenes with known faces, of which the search of pictures must find as many as it can: photographs side by side at a scale, and
// faces of FER2013 in front of photographs without faces.
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { intersectionOverUnion } from '@mien/core';
import { createRandom, heldOutFraction, imageOf } from '@mien/train';
import { readFer2013 } from '@mien/train/node';

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** @typedef {{ path: string, faces: Box[], hard?: Box[] }} Marked a picture with the boxes of its faces; hard ones count neither way */
/** @typedef {{ frame: import('@mien/core').Frame, faces: Box[], hard: Box[] }} Scene */

const [WIDTH, HEIGHT] = [2000, 1500];
const FER_SIDE = 48;
/** Where the box of the face lies in FER2013's pictures, as BlazeFace would draw it. */
const FACE = { side: 41, x: 24, y: 26 };
/** Pictures of one shade hold no face. */
const LEAST_CONTRAST = 20;
const [PASTED_ACROSS, PASTED_DOWN] = [4, 3];
/** As scripts/make-face-scout.js holds out. */
const HELD_OUT = 0.1;

/** @param {Box} box @param {number} scale @param {number} left @param {number} top @returns {Box} */
const place = ({ x, y, width, height }, scale, left, top) => ({
  ...{ x: left + x * scale, y: top + y * scale },
  ...{ width: width * scale, height: height * scale },
});

/** A picture as RGB. @param {import('sharp').Sharp} picture @returns {Promise<import('@mien/core').Frame>} */
export async function toFrame(picture) {
  const { data, info } = await picture
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** A picture by its path, upright and without transparency. @param {string} path */
export const open = (path) =>
  sharp(path, { autoOrient: true }).flatten({ background: 'white' }).toColourspace('srgb');

/** Pictures alone, resized. @param {Marked[]} pictures @param {(picture: Marked) => number} scaleOf @returns {Promise<Scene[]>} */
export function alone(pictures, scaleOf) {
  return Promise.all(
    pictures.map(async (picture) => {
      const scale = scaleOf(picture);
      const { width = 1 } = await sharp(await open(picture.path).png().toBuffer()).metadata();
      const frame = await toFrame(open(picture.path).resize(Math.round(width * scale)));
      const placed = (/** @type {Box[]} */ boxes) =>
        boxes.map((box) => place(box, frame.width / width, 0, 0));
      return { frame, faces: placed(picture.faces), hard: placed(picture.hard ?? []) };
    }),
  );
}

/** Pictures side by side in rows, three megapixels a scene. @param {Marked[]} pictures @param {(picture: Marked) => number} scaleOf @returns {Promise<Scene[]>} */
export async function sideBySide(pictures, scaleOf) {
  /** @type {Scene[]} */
  const scenes = [];
  /** @type {{ input: Buffer, raw: { width: number, height: number, channels: 3 }, left: number, top: number }[]} */
  let parts = [];
  /** @type {{ faces: Box[], hard: Box[] }} */
  let boxes = { faces: [], hard: [] };
  let [x, y, rowHeight] = [0, 0, 0];
  const finish = async () => {
    const background = { r: 120, g: 128, b: 122 };
    const canvas = sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background } });
    const layers = parts.map(({ input, raw, left, top }) => ({ input, raw, left, top }));
    scenes.push({ frame: await toFrame(canvas.composite(layers)), ...boxes });
    [parts, boxes] = [[], { faces: [], hard: [] }];
    [x, y, rowHeight] = [0, 0, 0];
  };
  for (const picture of pictures) {
    const { width = 1, height = 1 } = await sharp(picture.path).metadata();
    const scale = Math.min(scaleOf(picture), WIDTH / width, HEIGHT / height);
    const [w, h] = [Math.floor(width * scale), Math.floor(height * scale)];
    if (x + w > WIDTH) [x, y, rowHeight] = [0, y + rowHeight, 0];
    if (y + h > HEIGHT) await finish();
    const { data } = await toFrame(open(picture.path).resize(w, h, { fit: 'fill' }));
    parts.push({ input: Buffer.from(data), raw: { width: w, height: h, channels: 3 }, left: x, top: y });
    boxes.faces.push(...picture.faces.map((box) => place(box, scale, x, y)));
    boxes.hard.push(...(picture.hard ?? []).map((box) => place(box, scale, x, y)));
    x += w;
    rowHeight = Math.max(rowHeight, h);
  }
  if (parts.length > 0) await finish();
  return scenes;
}

/** FER2013's faces of a split, for Training only those that scripts/make-face-scout.js holds out. @param {string} csv @param {'Training' | 'PublicTest'} split */
export async function readPasted(csv, split) {
  const dataset = await readFer2013(csv);
  /** @type {Uint8Array[]} */
  const faces = [];
  for (let row = 0; row < dataset.count; row++) {
    if (dataset.splitNames[dataset.splits[row] ?? 0] !== split) continue;
    const bytes = imageOf(dataset, row);
    if (Math.max(...bytes) - Math.min(...bytes) < LEAST_CONTRAST) continue;
    if (split === 'PublicTest' || heldOutFraction(dataset, row) < HELD_OUT) faces.push(bytes);
  }
  return faces;
}

/** Faces in front of each background. @param {Uint8Array[]} faces @param {number} side of a face, in pixels @param {string[]} backgrounds @returns {Promise<Scene[]>} */
export function paste(faces, side, backgrounds) {
  const random = createRandom(3).fork(`pasted ${side}`);
  const size = Math.round((FER_SIDE * side) / FACE.side);
  const scale = size / FER_SIDE;
  return Promise.all(
    backgrounds.map(async (path) => {
      /** @type {Box[]} */
      const boxes = [];
      const parts = [];
      for (let i = 0; i < PASTED_ACROSS * PASTED_DOWN; i++) {
        const face = faces[Math.floor(random.uniform() * faces.length)] ?? new Uint8Array();
        const [column, row] = [i % PASTED_ACROSS, Math.floor(i / PASTED_ACROSS)];
        const left = Math.floor((column + 0.2 + 0.5 * random.uniform()) * (WIDTH / PASTED_ACROSS));
        const top = Math.floor((row + 0.2 + 0.5 * random.uniform()) * (HEIGHT / PASTED_DOWN));
        const box = {
          x: FACE.x - FACE.side / 2,
          y: FACE.y - FACE.side / 2,
          width: FACE.side,
          height: FACE.side,
        };
        boxes.push(place(box, scale, left, top));
        const raw = { width: FER_SIDE, height: FER_SIDE, channels: /** @type {const} */ (1) };
        parts.push({ input: await sharp(face, { raw }).resize(size, size).png().toBuffer(), left, top });
      }
      const { data } = await toFrame(open(path).resize(WIDTH, HEIGHT, { fit: 'cover' }));
      const canvas = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
      return { frame: await toFrame(canvas.composite(parts)), faces: boxes, hard: [] };
    }),
  );
}

/** The pictures of a list in dlib's form. @param {string} folder @param {string} list @returns {Marked[]} */
export function readDlibList(folder, list) {
  return readFileSync(join(folder, list), 'utf8')
    .split('<image ')
    .slice(1)
    .map((text) => ({
      path: join(folder, /file='([^']+)'/.exec(text)?.[1] ?? ''),
      faces: [...text.matchAll(/<box top='(-?\d+)' left='(-?\d+)' width='(\d+)' height='(\d+)'/g)].map(
        ([, y, x, width, height]) => ({
          ...{ x: Number(x), y: Number(y), width: Number(width), height: Number(height) },
        }),
      ),
    }));
}

/** The pictures of a folder whose names do not match. @param {string} folder @param {RegExp} [leftOut] */
export const pathsIn = (folder, leftOut) =>
  readdirSync(folder)
    .filter((name) => /\.(jpe?g|png)$/.test(name) && !leftOut?.test(name))
    .sort()
    .map((name) => join(folder, name));

/**
 * What a detector finds in scenes: the scores of its finds, those that are faces and those that are not.
 *
 * @param {import('@mien/core').Detector} detector @param {Scene[]} scenes @param {number} minOverlap
 */
export function search(detector, scenes, minOverlap) {
  /** @type {{ right: number[], wrong: number[], ms: number }} */
  const found = { right: [], wrong: [], ms: 0 };
  for (const { frame, faces, hard } of scenes) {
    const start = process.cpuUsage();
    const detections = detector.detectInPicture?.(frame) ?? detector.detect(frame);
    const { user, system } = process.cpuUsage(start);
    found.ms += (user + system) / 1000;
    const open = new Set([...faces, ...hard]);
    for (const { box, score } of [...detections].sort((a, b) => b.score - a.score)) {
      const overlap = (/** @type {Box} */ face) => intersectionOverUnion(face, box);
      const [face] = [...open]
        .filter((it) => overlap(it) >= minOverlap)
        .sort((a, b) => overlap(b) - overlap(a));
      if (face === undefined) found.wrong.push(score);
      else if (open.delete(face) && faces.includes(face)) found.right.push(score);
    }
  }
  return found;
}
