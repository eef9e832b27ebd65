// Runs an analyzer on all frames of a scene.
// @ts-check
import sharp from 'sharp';
import { createSyntheticVideo } from './synthetic-video.js';

/**
 * @param {import('@mien/core').Analyzer} analyzer  which has seen nothing yet
 * @param {import('./scenes.js').Take} take
 * @param {readonly number[]} times  of the frames, in milliseconds
 */
export async function watch(analyzer, { scene, jpegQuality }, times) {
  const video = createSyntheticVideo(scene);
  /** @type {{ result: import('@mien/core').Analysis, truth: import('./synthetic-video.js').TrueFace[] }[]} */
  const course = [];
  for (const ms of times) {
    const { frame, truth } = video.frameAt(ms);
    const seen = jpegQuality === undefined ? frame : await compress(frame, jpegQuality);
    course.push({ result: analyzer.analyzeFrame(seen, ms), truth });
  }
  return course;
}

/** A frame as JPEG leaves it. @param {import('@mien/core').Frame} frame @param {number} quality */
async function compress(frame, quality) {
  const { width, height, channels } = frame;
  const file = await sharp(frame.data, { raw: { width, height, channels } }).jpeg({ quality }).toBuffer();
  return { ...frame, data: await sharp(file).raw().toBuffer() };
}
