// Has an analyzer watch a made-up scene, from its first moment to its last.
// @ts-check
import sharp from 'sharp';
import { createFootage } from './made-up-footage.js';

/**
 * @param {import('@mien/core').Analyzer} analyzer  which has seen nothing yet
 * @param {import('./scenes.js').Take} take
 * @param {readonly number[]} times  of the moments that it sees, in milliseconds
 */
export async function watch(analyzer, { scene, jpegQuality }, times) {
  const footage = createFootage(scene);
  /** @type {{ moment: import('@mien/core').Analysis, truth: import('./made-up-footage.js').TrueFace[] }[]} */
  const course = [];
  for (const ms of times) {
    const { frame, truth } = footage.momentAt(ms);
    const seen = jpegQuality === undefined ? frame : await compress(frame, jpegQuality);
    course.push({ moment: analyzer.analyzeFrame(seen, ms), truth });
  }
  return course;
}

/** A frame as JPEG leaves it. @param {import('@mien/core').Frame} frame @param {number} quality */
async function compress(frame, quality) {
  const { width, height, channels } = frame;
  const file = await sharp(frame.data, { raw: { width, height, channels } }).jpeg({ quality }).toBuffer();
  return { ...frame, data: await sharp(file).raw().toBuffer() };
}
