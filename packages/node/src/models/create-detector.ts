import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createBlazeFaceDetector,
  createHaarDetector,
  createYuNetDetector,
  MienError,
  type Detector,
} from '@mien/core';
import { readFileBytes } from '../files/read-file.js';
import { findInstalledModel } from './installed-models.js';
import { MANIFEST } from './read-contract-beside.js';

/** Those that are installed with this command; the first one is the default. */
export const DETECTORS = ['blazeface', 'haar'] as const;
export type DetectorId = (typeof DETECTORS)[number];

/** The installed models that they are made of, whose ids are understood as well. */
const MODELS = {
  blazeface: 'blazeface-short-range',
  haar: 'haar-frontalface',
} as const satisfies Record<DetectorId, string>;

/** What only the Haar cascade has; its own defaults are for what is left out. */
export interface HaarSettings {
  readonly scaleFactor?: number | undefined;
  readonly minNeighbors?: number | undefined;
}

const ONNX = '.onnx';
const MAX_ONNX_BYTES = 256 * 2 ** 20;
/** Side of the square that a YuNet for any size sees a picture in: faces of 10 pixels there are found. */
const YUNET_SIDE = 640;

/** Whether {@link createDetector} can make something of it. */
export function isDetectorName(name: string): boolean {
  return toDetectorId(name) !== undefined || name.toLowerCase().endsWith(ONNX);
}

function toDetectorId(name: string): DetectorId | undefined {
  return DETECTORS.find((id) => id === name || MODELS[id] === name);
}

/**
 * Makes a detector of the files that are installed with this command, or of a file of the person's own.
 *
 * @param name `blazeface`, `haar`, the id of the model of one of them, or the path of a YuNet file (.onnx)
 * @throws MienError `USAGE` when settings are given that the detector has not, `NOT_FOUND`, and what reading a file throws
 */
export async function createDetector(name: string, settings: HaarSettings = {}): Promise<Detector> {
  const id = toDetectorId(name);
  if (id === 'haar') return createHaar(settings);
  for (const [setting, option] of [
    ['scaleFactor', '--scale-factor'],
    ['minNeighbors', '--min-neighbors'],
  ] as const) {
    if (settings[setting] !== undefined) {
      throw new MienError(
        'USAGE',
        `${option} is a setting of the Haar cascade; add --detector haar or leave it out`,
      );
    }
  }
  return id === 'blazeface' ? createBlazeFace() : createYuNet(name);
}

async function createBlazeFace(): Promise<Detector> {
  const folder = requireModel('blazeface');
  const source = join(folder, MANIFEST);
  const [manifest, weights] = await Promise.all([
    readFile(source, 'utf8'),
    readFile(join(folder, 'weights.safetensors')),
  ]);
  return createBlazeFaceDetector({ model: { manifest: JSON.parse(manifest) as unknown, weights, source } });
}

async function createHaar({ scaleFactor, minNeighbors }: HaarSettings): Promise<Detector> {
  const cascade = await readFile(join(requireModel('haar'), 'cascade.bin'));
  return createHaarDetector({
    cascade,
    ...(scaleFactor === undefined ? {} : { scaleFactor }),
    ...(minNeighbors === undefined ? {} : { minNeighbors }),
  });
}

async function createYuNet(path: string): Promise<Detector> {
  const bytes = await readFileBytes(path, MAX_ONNX_BYTES);
  // Loaded when it is needed: it brings readers of every format along.
  const { outlineOnnx, parseOnnx } = await import('@mien/formats');
  const { isSizeOpen } = outlineOnnx(bytes, path);
  const options = isSizeOpen ? { inputSize: { width: YUNET_SIDE, height: YUNET_SIDE } } : {};
  const { graph, weights } = parseOnnx(bytes, path, options);
  return createYuNetDetector({ graph, weights, source: path });
}

/** The folder of the installed model that a detector needs. */
function requireModel(detector: DetectorId): string {
  const model = MODELS[detector];
  const folder = findInstalledModel(model);
  if (folder === undefined) {
    throw new MienError(
      'NOT_FOUND',
      `detector ${detector}: @mien/model-${model} is not installed; run npm install`,
    );
  }
  return folder;
}
