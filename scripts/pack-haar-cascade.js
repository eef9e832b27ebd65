// Packs OpenCV's frontal face cascade (XML, 930 KB) into the form that the core reads (see parse-cascade.ts):
//   node scripts/pack-haar-cascade.js [/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml]
// writes models/haar-frontalface/cascade.bin and LICENSE, and prints the sha256 for manifest.json.
// The packed file keeps the notice of the XML in its header, as the licence requires.
// @ts-check
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** Installed by Debian's package opencv-data. */
const SOURCE = process.argv[2] ?? '/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml';
const MODEL = new URL('../models/haar-frontalface/', import.meta.url);

const xml = await readFile(SOURCE, 'utf8');
const notice = `${toNotice(xml)}\n`;
const bytes = packCascade(parseXml(xml), notice);
await writeFile(new URL('cascade.bin', MODEL), bytes);
await writeFile(new URL('LICENSE', MODEL), notice);
console.log(`cascade.bin: ${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`);

/**
 * The comment at the top of the file, without the common indentation of its lines.
 * @param {string} xml
 */
function toNotice(xml) {
  const comment = /<!--(.*?)-->/s.exec(xml)?.[1];
  if (comment === undefined || !comment.includes('Intel License Agreement')) {
    throw new Error(`${SOURCE}: no licence notice at its head; refusing to pack it without`);
  }
  const lines = comment.split('\n').map((line) => line.trimEnd());
  return lines.join('\n').trim();
}

/**
 * Stumps and features in file order; feature i belongs to stump i.
 * @param {string} xml
 */
function parseXml(xml) {
  /** @param {string} text */
  const numbers = (text) => text.trim().split(/\s+/).map(Number);
  /** @param {string} text @param {string} tag */
  const contents = (text, tag) =>
    [...text.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map((m) => m[1] ?? '');
  /** @param {string} text @param {string} tag */
  const only = (text, tag) => {
    const [first] = contents(text, tag);
    if (first === undefined) throw new Error(`${SOURCE}: <${tag}> is missing`);
    return first.trim();
  };
  const [head, featureText] = xml.split('<features>');
  if (head === undefined || featureText === undefined) throw new Error(`${SOURCE}: <features> is missing`);
  if (only(head, 'featureType') !== 'HAAR' || only(head, 'width') !== only(head, 'height')) {
    throw new Error(`${SOURCE}: expected Haar features in a square window`);
  }
  if (featureText.includes('<tilted>1')) throw new Error(`${SOURCE}: tilted features are not supported`);

  const features = [...featureText.matchAll(/<rects>(.*?)<\/rects>/gs)].map(([, rects]) =>
    contents(rects ?? '', '_').map(numbers),
  );
  const stages = head
    .split('<stageThreshold>')
    .slice(1)
    .map((text) => {
      const nodes = contents(text, 'internalNodes').map(numbers);
      const leaves = contents(text, 'leafValues').map(numbers);
      return {
        threshold: Number(text.slice(0, text.indexOf('<'))),
        stumps: nodes.map(([left, right, feature = -1, threshold = NaN], i) => {
          const rectangles = features[feature];
          const [leftLeaf = NaN, rightLeaf = NaN] = leaves[i] ?? [];
          if (left !== 0 || right !== -1 || rectangles === undefined)
            throw new Error(`${SOURCE}: not made of stumps`);
          return { threshold, leftLeaf, rightLeaf, rectangles };
        }),
      };
    });
  return { side: Number(only(head, 'width')), stages };
}

/**
 * @param {ReturnType<typeof parseXml>} cascade
 * @param {string} notice
 */
function packCascade({ side, stages }, notice) {
  const stumps = stages.flatMap((stage) => stage.stumps);
  const rectangles = stumps.flatMap((stump) => stump.rectangles);
  const noticeBytes = Buffer.from(notice, 'utf8');
  const padding = Buffer.alloc((4 - (noticeBytes.length % 4)) % 4, '\n');
  const VERSION = 1;
  return Buffer.concat([
    Buffer.from('mienhaar', 'latin1'),
    toBytes(
      Uint32Array.of(
        VERSION,
        side,
        stages.length,
        stumps.length,
        rectangles.length,
        noticeBytes.length + padding.length,
      ),
    ),
    noticeBytes,
    padding,
    toBytes(Uint32Array.from(stages, (stage) => stage.stumps.length)),
    toBytes(Float32Array.from(stages, (stage) => stage.threshold)),
    toBytes(Float32Array.from(stumps, (stump) => stump.threshold)),
    toBytes(Float32Array.from(stumps, (stump) => stump.leftLeaf)),
    toBytes(Float32Array.from(stumps, (stump) => stump.rightLeaf)),
    toBytes(Uint8Array.from(stumps, (stump) => stump.rectangles.length)),
    toBytes(Int8Array.from(rectangles.flat())),
  ]);
}

/** @param {ArrayBufferView} array of a little-endian machine, as all are that run Node today */
function toBytes(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
