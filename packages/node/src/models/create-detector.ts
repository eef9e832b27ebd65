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

/** Installed with this package; the first one is the default. */
export const DETECTORS = ['blazeface', 'haar'] as const;
export type DetectorId = (typeof DETECTORS)[number];

/** The models of these detectors; their ids are accepted as well. */
const MODELS = {
  blazeface: 'blazeface-short-range',
  haar: 'haar-frontalface',
} as const satisfies Record<DetectorId, string>;

/** Settings of single detectors; defaults are their own. */
export interface DetectorSettings {
  /** Haar cascade only. */
  readonly scaleFactor?: number | undefined;
  /** Haar cascade only. */
  readonly minNeighbors?: number | undefined;
  /** BlazeFace only: the smallest face that is searched for in pictures, in pixels. */
  readonly minFacePx?: number | undefined;
}

const ONNX = '.onnx';
const MAX_ONNX_BYTES = 256 * 2 ** 20;
/** Input side of a YuNet model without a fixed input size; it detects faces from 10 pixels in it. */
const YUNET_SIDE = 640;

/** Whether {@link createDetector} accepts the name. */
export function isDetectorName(name: string): boolean {
  return toDetectorId(name) !== undefined || name.toLowerCase().endsWith(ONNX);
}

function toDetectorId(name: string): DetectorId | undefined {
  return DETECTORS.find((id) => id === name || MODELS[id] === name);
}

/**
 * Creates a detector from an installed model or from a file.
 *
 * @param name `blazeface`, `haar`, the id of the model of one of them, or the path of a YuNet file (.onnx)
 * @throws MienError `USAGE` for settings that the detector does not have, `NOT_FOUND`, and errors of reading the file
 */
export async function createDetector(name: string, settings: DetectorSettings = {}): Promise<Detector> {
  const id = toDetectorId(name);
  const refuse = (setting: keyof DetectorSettings, owner: string, detector: DetectorId): MienError =>
    new MienError(
      'USAGE',
      `${setting} is a setting of ${owner}; use the detector ${detector} or leave it out`,
    );
  if (id !== 'blazeface' && settings.minFacePx !== undefined)
    throw refuse('minFacePx', 'BlazeFace', 'blazeface');
  if (id === 'haar') return createHaar(settings);
  for (const setting of ['scaleFactor', 'minNeighbors'] as const) {
    if (settings[setting] !== undefined) throw refuse(setting, 'the Haar cascade', 'haar');
  }
  return id === 'blazeface'
    ? createBlazeFace(settings)
    : createYuNet(await readFileBytes(name, MAX_ONNX_BYTES), name);
}

async function createBlazeFace({ minFacePx }: DetectorSettings): Promise<Detector> {
  const folder = requireModel('blazeface');
  const source = join(folder, MANIFEST);
  const [manifest, weights] = await Promise.all([
    readFile(source, 'utf8'),
    readFile(join(folder, 'weights.safetensors')),
  ]);
  return createBlazeFaceDetector({
    model: { manifest: JSON.parse(manifest) as unknown, weights, source },
    ...(minFacePx !== undefined && { minFacePx }),
  });
}

async function createHaar({ scaleFactor, minNeighbors }: DetectorSettings): Promise<Detector> {
  const cascade = await readFile(join(requireModel('haar'), 'cascade.bin'));
  return createHaarDetector({
    cascade,
    ...(scaleFactor === undefined ? {} : { scaleFactor }),
    ...(minNeighbors === undefined ? {} : { minNeighbors }),
  });
}

/**
 * Makes a detector of a YuNet file.
 *
 * @param source what messages call it
 */
export async function createYuNet(bytes: Uint8Array, source: string): Promise<Detector> {
  // Loaded on demand, because it contains the readers of all formats.
  const { outlineOnnx, parseOnnx } = await import('@mien/formats');
  const { isSizeOpen } = outlineOnnx(bytes, source);
  const options = isSizeOpen ? { inputSize: { width: YUNET_SIDE, height: YUNET_SIDE } } : {};
  const { graph, weights } = parseOnnx(bytes, source, options);
  return createYuNetDetector({ graph, weights, source });
}

/** The folder of a detector's model. */
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
