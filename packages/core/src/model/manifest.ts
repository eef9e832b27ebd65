/**
 * The manifest is the contract of a model: its input, its outputs and their order, its licence and its origin. It is the
 * file `manifest.json` beside the weights. The code holds none of these facts, so it needs no change for a model with
 * another input size or other labels.
 */
import { parseInput, type InputContract } from './input-contract.js';
import { createReader } from './manifest-reader.js';
import { parseOutputs, type OutputKind } from './network-outputs.js';
import { DEFAULT_QUALITY, QUALITY_LIMITS, type QualityThresholds } from './quality-thresholds.js';

export const MODEL_KINDS = ['classifier', 'detector'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/**
 * A rectangle relative to a box: its width is `scale` times the longer side of the box, and its centre is moved from the
 * box's centre by `offsetX` and `offsetY` times that side (positive is right and down).
 */
export interface BoxGeometry {
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/**
 * The part of a picture that the network was trained on, relative to the face's box: a rectangle with the aspect ratio of
 * the network's input.
 */
export interface CropGeometry extends BoxGeometry {
  /**
   * Whether the crop is rotated with the head, around the centre of the detector's box, if the detector gives eyes and
   * mouth. Default false.
   */
  readonly upright?: boolean;
}

/** The box itself. */
export const WHOLE_BOX: BoxGeometry = { scale: 1, offsetX: 0, offsetY: 0 };

/**
 * The crop of FER2013's pictures. It is the default of models without one in their manifest, and is used to crop training
 * pictures from photographs.
 *
 * Measured by `node bench/crop-geometry.js`, see docs/LOG.md.
 */
export const FER2013_CROP: CropGeometry = { scale: 1, offsetX: 0, offsetY: 0.06, upright: true };

/** FER2013's own numbering of its labels, 0 to 6: part of its file format, and of the checkpoints of the paper's authors. */
export const FER2013_LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;

/** A file of the model, named relative to the manifest. */
export interface ModelFile {
  readonly file: string;
  /** Lower-case hexadecimal; checked on loading where the runtime can. */
  readonly sha256: string;
}

interface ManifestBase {
  /** Name of the model in results and on the command line: lower-case words joined by hyphens. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  readonly weights: ModelFile;
  /** SPDX identifier. */
  readonly licence: string;
  /** Origin of the weights: dataset, command, date and so on. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** Measured accuracy, with data and conditions. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** Fitted to pictures that the network was not trained on (`mien evaluate --calibrate`). */
export interface Calibration {
  /** Divides the logits before the softmax; above 1 makes the network less sure of itself. */
  readonly temperature: number;
}

export interface ClassifierManifest extends ManifestBase {
  readonly kind: 'classifier';
  /** The meaning of the network's outputs, in their order. */
  readonly labels: readonly string[];
  readonly input: InputContract;
  readonly crop: CropGeometry;
  /** What the network's numbers are. Default: what they are recognised as; numbers that are none of it are refused. */
  readonly outputs?: OutputKind;
  /** Quality thresholds; default {@link DEFAULT_QUALITY}. */
  readonly quality?: QualityThresholds;
  /** How its probabilities become calibrated; absent: they are taken as the network gives them. */
  readonly calibration?: Calibration;
}

export interface DetectorManifest extends ManifestBase {
  readonly kind: 'detector';
}

export type Manifest = ClassifierManifest | DetectorManifest;

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAX_LABELS = 1000;
/** Largest valid side of a crop relative to its box. */
const MAX_CROP_SCALE = 10;
/** A network outside of these is broken rather than uncalibrated. */
const TEMPERATURE_LIMITS = [0.05, 20] as const;

/**
 * Parses a manifest.
 *
 * Unknown keys are ignored; `provenance` and `metrics` are not checked. `crop` defaults to {@link FER2013_CROP}, and
 * missing thresholds of `quality` to {@link DEFAULT_QUALITY}.
 *
 * @param value as `JSON.parse` returns it
 * @param source name for error messages, such as a path
 * @throws MienError `MODEL_INVALID`
 */
export function parseManifest(value: unknown, source: string): Manifest {
  const read = createReader(source);
  const manifest = read.record('manifest', value);
  const weights = read.record('weights', manifest['weights']);
  const base = {
    id: parseId(read.text('id', manifest['id']), source),
    name: read.text('name', manifest['name']),
    weights: {
      file: parseFileName(read.text('weights.file', weights['file']), source),
      sha256: read.text('weights.sha256', weights['sha256']),
    },
    licence: read.text('licence', manifest['licence']),
    provenance: read.record('provenance', manifest['provenance'] ?? {}),
    metrics: read.record('metrics', manifest['metrics'] ?? {}),
  };
  if (!SHA256.test(base.weights.sha256)) {
    throw read.error('weights.sha256', '64 lower-case hexadecimal digits', base.weights.sha256);
  }

  const kind = MODEL_KINDS.find((known) => known === manifest['kind']);
  switch (kind) {
    case 'detector':
      return { ...base, kind };
    case 'classifier':
      return {
        ...base,
        kind,
        labels: parseLabels(manifest['labels'], source),
        input: parseInput(manifest['input'], source),
        crop: manifest['crop'] === undefined ? FER2013_CROP : parseCrop(manifest['crop'], source),
        ...(manifest['outputs'] !== undefined && { outputs: parseOutputs(manifest['outputs'], source) }),
        ...(manifest['quality'] !== undefined && { quality: parseQuality(manifest['quality'], source) }),
        ...(manifest['calibration'] !== undefined && {
          calibration: parseCalibration(manifest['calibration'], source),
        }),
      };
    case undefined:
      throw read.error('kind', `one of ${MODEL_KINDS.join(', ')}`, manifest['kind']);
    default:
      return kind satisfies never;
  }
}

/**
 * Parses labels: distinct names that are not empty.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseLabels(value: unknown, source: string): readonly string[] {
  const read = createReader(source);
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_LABELS) {
    throw read.error('labels', `a list of 1 to ${MAX_LABELS} names`, value);
  }
  const labels = value.map((label, index) => read.text(`labels[${index}]`, label));
  if (new Set(labels).size !== labels.length) throw read.error('labels', 'names that differ', labels);
  return labels;
}

/**
 * Parses a rectangle relative to a box.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseBoxGeometry(key: string, value: unknown, source: string): BoxGeometry {
  const read = createReader(source);
  const { scale, offsetX, offsetY } = read.record(key, value);
  return {
    scale: read.number(`${key}.scale`, scale, 0.01, MAX_CROP_SCALE),
    offsetX: read.number(`${key}.offsetX`, offsetX, -MAX_CROP_SCALE, MAX_CROP_SCALE),
    offsetY: read.number(`${key}.offsetY`, offsetY, -MAX_CROP_SCALE, MAX_CROP_SCALE),
  };
}

/**
 * Parses a crop geometry.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseCrop(value: unknown, source: string): CropGeometry {
  const geometry = parseBoxGeometry('crop', value, source);
  const { upright } = value as Record<string, unknown>;
  if (upright === undefined) return geometry;
  return { ...geometry, upright: createReader(source).flag('crop.upright', upright) };
}

function parseQuality(value: unknown, source: string): QualityThresholds {
  const read = createReader(source);
  const quality = read.record('quality', value);
  const given = Object.entries(QUALITY_LIMITS).flatMap(([key, [low, high]]) =>
    quality[key] === undefined
      ? []
      : [[key, read.number(`quality.${key}`, quality[key], low, high)] as const],
  );
  return { ...DEFAULT_QUALITY, ...Object.fromEntries(given) };
}

function parseCalibration(value: unknown, source: string): Calibration {
  const read = createReader(source);
  const { temperature } = read.record('calibration', value);
  return { temperature: read.number('calibration.temperature', temperature, ...TEMPERATURE_LIMITS) };
}

function parseId(id: string, source: string): string {
  if (!ID.test(id)) throw createReader(source).error('id', 'lower-case words joined by hyphens', id);
  return id;
}

/** Only files in the manifest's folder are valid, so that a manifest cannot make a loader read other files. */
function parseFileName(file: string, source: string): string {
  if (/[/\\]/.test(file) || file.startsWith('.')) {
    throw createReader(source).error('weights.file', 'the name of a file in the same folder', file);
  }
  return file;
}
