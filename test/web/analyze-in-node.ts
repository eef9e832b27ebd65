import { readFileSync } from 'node:fs';
import {
  createAnalyzer,
  createBlazeFaceDetector,
  createHaarDetector,
  loadModel,
  type Analysis,
  type Detector,
  type Frame,
} from '@mien/core';
import sharp from 'sharp';

const MODELS = new URL('../../models/', import.meta.url);

function filesOf(id: string) {
  const manifest: unknown = JSON.parse(readFileSync(new URL(`${id}/manifest.json`, MODELS), 'utf8'));
  return { manifest, weights: readFileSync(new URL(`${id}/weights.safetensors`, MODELS)), source: id };
}

/** Pixels of a picture file, transparent parts on white. */
export async function decodePixels(file: string | Buffer): Promise<Frame> {
  const { data, info } = await sharp(file)
    .flatten({ background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** The core's result for a picture in Node. */
export async function analyzeInNode(
  frame: Frame,
  detector: 'blazeface' | 'haar' = 'blazeface',
): Promise<Analysis> {
  const model = await loadModel(filesOf('nano'));
  const created: Detector =
    detector === 'haar'
      ? await createHaarDetector({ cascade: readFileSync(new URL('haar-frontalface/cascade.bin', MODELS)) })
      : await createBlazeFaceDetector({ model: filesOf('blazeface-short-range') });
  return (await createAnalyzer({ model, detector: created })).analyzeImage(frame);
}
