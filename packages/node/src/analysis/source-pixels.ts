/**
 * Converts between the pixels of a reduced frame and those of its source, in which results are given.
 *
 * The factors are powers of two, so a conversion and back changes no bit: a resumed analysis is the same as an
 * uninterrupted one. Quality measures refer to the analysed frame.
 */
import type { Analysis, Box, Face, KeyPoints } from '@mien/core';
import type { FrameResult } from '@mien/results';
import type { TimedFrame } from '../sources/source.js';

export function toSourcePixels(
  analysis: Analysis,
  reduced: TimedFrame['reduced'],
): Omit<FrameResult, 'source'> {
  if (reduced === undefined) return analysis;
  const { by, width, height } = reduced;
  return {
    ...analysis,
    width,
    height,
    reducedBy: by,
    faces: analysis.faces.map((face) => scaleFace(face, by)),
  };
}

export function toFramePixels(result: FrameResult): Analysis {
  const { reducedBy: by, width, height, faces } = result;
  if (by === undefined) return result;
  return {
    ...result,
    width: Math.ceil(width / by),
    height: Math.ceil(height / by),
    faces: faces.map((face) => scaleFace(face, 1 / by)),
  };
}

function scaleFace(face: Face, factor: number): Face {
  const { box, keyPoints, smoothed } = face;
  return {
    ...face,
    box: scaleBox(box, factor),
    ...(keyPoints !== undefined && { keyPoints: scaleKeyPoints(keyPoints, factor) }),
    ...(smoothed !== undefined && { smoothed: { ...smoothed, box: scaleBox(smoothed.box, factor) } }),
  };
}

function scaleBox({ x, y, width, height }: Box, factor: number): Box {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
}

function scaleKeyPoints(keyPoints: KeyPoints, factor: number): KeyPoints {
  const scaled = Object.entries(keyPoints).map(([name, { x, y }]) => [
    name,
    { x: x * factor, y: y * factor },
  ]);
  return Object.fromEntries(scaled) as KeyPoints;
}
