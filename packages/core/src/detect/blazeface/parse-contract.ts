/** Parses the fields of the detector's manifest into a {@link BlazeFaceContract}. */
import { KEY_POINT_NAMES } from '../../geometry/key-points.js';
import { parseInput } from '../../model/input-contract.js';
import { parseBoxGeometry, WHOLE_BOX } from '../../model/manifest.js';
import { createReader } from '../../model/manifest-reader.js';
import type { ScoreTrust } from '../detector.js';
import {
  FACE_SIDES_PX,
  type AnchorGrid,
  type BlazeFaceContract,
  type Confirmation,
  type FinePlan,
  type LargeFaces,
  type Refinement,
  type ScoutPlan,
  type ScoutStage,
  type SearchPlan,
} from './blazeface-contract.js';
import { parseKeyPoints } from './parse-key-points.js';

/** Smaller tiles would be more than a hundred per frame. */
const MIN_TILE_SIDE = 0.1;
const MAX_OVERLAP = 0.8;
const MAX_GRIDS = 16;
const MAX_ANCHORS_PER_CELL = 64;
const MAX_STRIDE = 4096;
const MAX_CLIPPING = 1000;
const MAX_SCALES = 4;
const MAX_SCALE = 10;
const MAX_FACE_SIDES = 16;
const MAX_WINDOW = 64;
const MAX_INPUT_SIDE = 512;

type Reader = ReturnType<typeof createReader>;

/**
 * Checks the detector's fields of a manifest.
 *
 * @param value as `JSON.parse` returns it
 * @param source name for error messages, such as a path
 * @throws MienError `MODEL_INVALID`
 */
export function parseBlazeFaceContract(value: unknown, source: string): BlazeFaceContract {
  const read = createReader(source);
  const manifest = read.record('manifest', value);
  const outputs = read.record('outputs', manifest['outputs']);
  const search = read.record('search', manifest['search']);
  const { boxToFace, trust } = manifest;
  const input = parseInput(manifest['input'], source);
  if (input.channels !== 3) throw read.error('input.channels', '3 (RGB)', input.channels);
  const anchors = parseAnchors(read, manifest['anchors']);
  const inputStep = Math.max(...anchors.map(({ stride }) => stride));
  return {
    input,
    inputStep,
    outside: read.number('outside', manifest['outside'], 0, 255),
    outputs: {
      boxes: read.text('outputs.boxes', outputs['boxes']),
      scores: read.text('outputs.scores', outputs['scores']),
    },
    anchors,
    scoreClipping: read.number('scoreClipping', manifest['scoreClipping'], 1, MAX_CLIPPING),
    keyPoints: parseKeyPoints(
      read.list('keyPoints', manifest['keyPoints'], KEY_POINT_NAMES.length),
      read.error,
    ),
    threshold: parseThreshold(read, 'search.threshold', search['threshold']),
    merge: parseMerge(read, search['merge']),
    search: {
      picture: parsePlan(read, 'search.picture', search['picture'], inputStep),
      camera: parsePlan(read, 'search.camera', search['camera'], inputStep),
    },
    follow: parseRefinement(read, 'search.follow', search['follow'], inputStep),
    ...(search['fine'] !== undefined && { fine: parseFine(read, search['fine'], inputStep) }),
    boxToFace: boxToFace === undefined ? WHOLE_BOX : parseBoxGeometry('boxToFace', boxToFace, source),
    ...(trust !== undefined && { trust: parseTrust(read, trust) }),
  };
}

function parseThreshold(read: Reader, name: string, value: unknown): number {
  return read.number(name, value, 0.01, 0.99);
}

function parseAnchors(read: Reader, value: unknown): AnchorGrid[] {
  return read.list('anchors', value, MAX_GRIDS).map((item, index) => {
    const name = `anchors[${index}]`;
    const grid = read.record(name, item);
    return {
      stride: read.count(`${name}.stride`, grid['stride'], MAX_STRIDE),
      perCell: read.count(`${name}.perCell`, grid['perCell'], MAX_ANCHORS_PER_CELL),
    };
  });
}

function parseMerge(read: Reader, value: unknown): BlazeFaceContract['merge'] {
  const name = 'search.merge';
  const { overlap, inside, inFront } = read.record(name, value);
  return {
    overlap: read.number(`${name}.overlap`, overlap, 0.01, 1),
    inside: read.number(`${name}.inside`, inside, 0.01, 1),
    ...(inFront !== undefined && { inFront: read.number(`${name}.inFront`, inFront, 0.01, 1) }),
  };
}

function parsePlan(read: Reader, name: string, value: unknown, inputStep: number): SearchPlan {
  const plan = read.record(name, value);
  return {
    whole: read.flag(`${name}.whole`, plan['whole']),
    tileSide: read.number(`${name}.tileSide`, plan['tileSide'], MIN_TILE_SIDE, 1),
    tileOverlap: read.number(`${name}.tileOverlap`, plan['tileOverlap'], 0, MAX_OVERLAP),
    joined: read.flag(`${name}.joined`, plan['joined']),
    refinement: parseRefinement(read, `${name}.refinement`, plan['refinement'], inputStep),
  };
}

function parseRefinement(read: Reader, name: string, value: unknown, inputStep: number): Refinement {
  const fields = read.record(name, value);
  const scales = read
    .list(`${name}.scales`, fields['scales'], MAX_SCALES)
    .map((scale, index) => read.number(`${name}.scales[${index}]`, scale, 1, MAX_SCALE));
  /** Whole cells of every grid. */
  const parseInputSide = (side: unknown, index: number): number => {
    const key = `${name}.inputSides[${index}]`;
    const sidePx = read.number(key, side, inputStep, MAX_INPUT_SIDE);
    if (sidePx % inputStep !== 0) throw read.error(key, `a multiple of ${inputStep}`, sidePx);
    return sidePx;
  };
  const { inputSides, large } = fields;
  return {
    scales,
    ...(inputSides !== undefined && {
      inputSides: read.list(`${name}.inputSides`, inputSides, scales.length).map(parseInputSide),
    }),
    threshold: parseThreshold(read, `${name}.threshold`, fields['threshold']),
    maxUnrefinedScale: read.number(`${name}.maxUnrefinedScale`, fields['maxUnrefinedScale'], 0, MAX_SCALE),
    ...(large !== undefined && { large: parseLargeFaces(read, `${name}.large`, large) }),
  };
}

function parseLargeFaces(read: Reader, name: string, value: unknown): LargeFaces {
  const { side, threshold } = read.record(name, value);
  return {
    side: read.number(`${name}.side`, side, 0.01, 1),
    threshold: parseThreshold(read, `${name}.threshold`, threshold),
  };
}

function parseFine(read: Reader, value: unknown, inputStep: number): FinePlan {
  const name = 'search.fine';
  const { minFacePx, faceSides, threshold, minRange, scout } = read.record(name, value);
  return {
    minFacePx: read.number(`${name}.minFacePx`, minFacePx, ...FACE_SIDES_PX),
    faceSides: read.number(`${name}.faceSides`, faceSides, 1, MAX_FACE_SIDES),
    threshold: parseThreshold(read, `${name}.threshold`, threshold),
    minRange: read.number(`${name}.minRange`, minRange, 0, 255),
    ...(scout !== undefined && { scout: parseScout(read, `${name}.scout`, scout, inputStep) }),
  };
}

function parseScout(read: Reader, name: string, value: unknown, inputStep: number): ScoutPlan {
  const plan = read.record(name, value);
  const scout = read.record(`${name}.scout`, plan['scout']);
  return {
    reach: read.number(`${name}.reach`, plan['reach'], 1.01, 2),
    threshold: parseThreshold(read, `${name}.threshold`, plan['threshold']),
    refinement: parseRefinement(read, `${name}.refinement`, plan['refinement'], inputStep),
    confirmation: parseConfirmation(read, `${name}.confirmation`, plan['confirmation']),
    scout: {
      ...parseStage(read, `${name}.scout`, scout),
      stridePx: read.number(`${name}.scout.stridePx`, scout['stridePx'], 1, MAX_WINDOW),
    },
    judge: parseStage(read, `${name}.judge`, plan['judge']),
  };
}

function parseStage(read: Reader, name: string, value: unknown): ScoutStage {
  const { windowPx, facePx, threshold } = read.record(name, value);
  return {
    windowPx: read.number(`${name}.windowPx`, windowPx, 3, MAX_WINDOW),
    facePx: read.number(`${name}.facePx`, facePx, 2, MAX_WINDOW),
    threshold: read.number(`${name}.threshold`, threshold, -MAX_CLIPPING, MAX_CLIPPING),
  };
}

function parseConfirmation(read: Reader, name: string, value: unknown): Confirmation {
  const { below, threshold } = read.record(name, value);
  return {
    below: parseThreshold(read, `${name}.below`, below),
    threshold: parseThreshold(read, `${name}.threshold`, threshold),
  };
}

function parseTrust(read: Reader, value: unknown): ScoreTrust {
  const { lowScoreThreshold, highScoreThreshold } = read.record('trust', value);
  return {
    lowScoreThreshold: read.number('trust.lowScoreThreshold', lowScoreThreshold, 0, 1),
    highScoreThreshold: read.number('trust.highScoreThreshold', highScoreThreshold, 0, 1),
  };
}
