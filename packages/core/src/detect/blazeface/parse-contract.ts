/** The fields that the manifest of this detector has besides those of every manifest. The code holds no numbers of the model. */
import { KEY_POINT_NAMES, type KeyPointName } from '../../geometry/key-points.js';
import { parseInput, type InputContract } from '../../model/input-contract.js';
import { parseBoxGeometry, WHOLE_BOX, type BoxGeometry } from '../../model/manifest.js';
import { createReader } from '../../model/manifest-reader.js';
import type { ScoreTrust } from '../detector.js';
import type { MergeSettings } from '../merge-candidates.js';
import { parseKeyPoints } from './parse-key-points.js';

/** A grid of anchors, in the order of the network's outputs. */
export interface AnchorGrid {
  /** Distance between cells in pixels of the input. */
  readonly stride: number;
  /** Anchors in each cell. */
  readonly perCell: number;
}

/** The tiles of a search. */
export interface TilePlan {
  /** Whether to run on one square tile around the whole frame. */
  readonly whole: boolean;
  /** Side of the square tiles, as a share of the frame's shorter side. */
  readonly tileSide: number;
  /** Minimum overlap of neighbouring tiles, as a share of their side. */
  readonly tileOverlap: number;
  /** Whether the tiles are joined into few larger tiles with larger inputs. */
  readonly joined: boolean;
}

/** The second pass of the network over each detection. */
export interface Refinement {
  /** Sides of the tiles around a detection, in longer sides of its box; one pass for each. */
  readonly scales: readonly number[];
  /** Sides of the inputs that these tiles are resized to, in pixels; absent: as the network was trained. */
  readonly inputSides?: readonly number[];
  /** Lowest score of a reported face; with several scales, of their mean. */
  readonly threshold: number;
  /**
   * A detection that reaches the threshold is not refined if the side of its tile is at most this many times the longer
   * side of its box: refinement would use no finer scale. 0 refines every detection.
   */
  readonly maxUnrefinedScale: number;
  /** Large faces need less. Absent: all need the same. */
  readonly large?: LargeFaces;
}

/** Few places of a frame can hold a large face, so a lower score is as sure there. */
export interface LargeFaces {
  /** Least longer side of their box, as a share of the frame's shorter side. */
  readonly side: number;
  /** Lowest score of a reported one. */
  readonly threshold: number;
}

export interface SearchPlan extends TilePlan {
  readonly refinement: Refinement;
}

/** The search for small faces in large pictures. */
export interface FinePlan {
  /** Longer side in pixels of the smallest face that is searched for, unless the caller chooses another. */
  readonly minFacePx: number;
  /** Side of the finest tiles, in sides of the smallest face. */
  readonly faceSides: number;
  /** Lowest score of a detection before refinement: lower than usual, because such faces are small in their tile. */
  readonly threshold: number;
  /** Parts of the picture whose brightness (0…255) varies by less are not searched. */
  readonly minRange: number;
  /** Small networks that say where to search. Absent: all of the picture that is not flat. */
  readonly scout?: ScoutPlan;
}

/** A network that looks at windows of a picture in grey. Lengths are in pixels of its input. */
export interface ScoutStage {
  /** Side of a window. */
  readonly windowPx: number;
  /** Side of the box of a face that fits in the window. */
  readonly facePx: number;
  /** Logit from which on a window may hold a face. */
  readonly threshold: number;
}

/** What the second look leaves in doubt gets that of a search of everything as well. */
export interface Confirmation {
  /** Scores from here on are not in doubt. */
  readonly below: number;
  /** Lowest score of that look. */
  readonly threshold: number;
}

export interface ScoutPlan {
  /** A window notices faces that are larger or smaller by at most this factor. */
  readonly reach: number;
  /** Lowest score of a detection where something was noticed, before refinement. */
  readonly threshold: number;
  /** The second look at what was found so. */
  readonly refinement: Refinement;
  readonly confirmation: Confirmation;
  /** Sees all windows, so many pixels apart. */
  readonly scout: ScoutStage & { readonly stridePx: number };
  /** Sees those that the scout noticed. */
  readonly judge: ScoutStage;
}

export type ScoutStageName = 'scout' | 'judge';

/** How thoroughly a frame is searched: `picture` detects small faces too, `camera` is fast enough for every frame. */
export const SEARCH_MODES = ['picture', 'camera'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface BlazeFaceContract {
  readonly input: InputContract;
  /** Sides of larger inputs are multiples of this, so that every grid has whole cells. In pixels. */
  readonly inputStep: number;
  /** Value of samples beyond the frame's border, 0…255. */
  readonly outside: number;
  /** Names of the network's outputs. */
  readonly outputs: { readonly boxes: string; readonly scores: string };
  readonly anchors: readonly AnchorGrid[];
  /** Logits are clipped to −scoreClipping … scoreClipping. */
  readonly scoreClipping: number;
  /** In the order of the network's outputs. */
  readonly keyPoints: readonly KeyPointName[];
  /** Lowest score of a detection before refinement, 0…1. */
  readonly threshold: number;
  readonly merge: MergeSettings;
  readonly search: Readonly<Record<SearchMode, SearchPlan>>;
  /** How a face is looked for near its place in the frame before. */
  readonly follow: Refinement;
  /** Absent if pictures get the usual search. */
  readonly fine?: FinePlan;
  readonly boxToFace: BoxGeometry;
  readonly trust?: ScoreTrust;
}

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
/** Range of the smallest face that can be searched for. */
export const FACE_SIDES_PX = [12, 4096] as const;

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
  const merge = read.record('search.merge', search['merge']);
  const input = parseInput(manifest['input'], source);
  if (input.channels !== 3) throw read.error('input.channels', '3 (RGB)', input.channels);

  const list = (key: string, items: unknown, most: number): readonly unknown[] => {
    if (!Array.isArray(items) || items.length < 1 || items.length > most) {
      throw read.error(key, `a list of 1 to ${most}`, items);
    }
    return items;
  };
  const count = (key: string, number: unknown, most: number): number => {
    const value = read.number(key, number, 1, most);
    if (!Number.isInteger(value)) throw read.error(key, 'a whole number', value);
    return value;
  };
  const flag = (key: string, value: unknown): boolean => {
    if (typeof value !== 'boolean') throw read.error(key, 'true or false', value);
    return value;
  };
  const threshold = (key: string, number: unknown): number => read.number(key, number, 0.01, 0.99);

  const anchors = list('anchors', manifest['anchors'], MAX_GRIDS).map((item, index): AnchorGrid => {
    const grid = read.record(`anchors[${index}]`, item);
    return {
      stride: count(`anchors[${index}].stride`, grid['stride'], MAX_STRIDE),
      perCell: count(`anchors[${index}].perCell`, grid['perCell'], MAX_ANCHORS_PER_CELL),
    };
  });
  const inputStep = Math.max(...anchors.map(({ stride }) => stride));
  /** Whole cells of every grid. */
  const step = (key: string, number: unknown, most: number): number => {
    const value = read.number(key, number, inputStep, most);
    if (value % inputStep !== 0) throw read.error(key, `a multiple of ${inputStep}`, value);
    return value;
  };
  const parseRefinement = (name: string, value: unknown): Refinement => {
    const fields = read.record(name, value);
    const scales = list(`${name}.scales`, fields['scales'], MAX_SCALES).map((scale, index) =>
      read.number(`${name}.scales[${index}]`, scale, 1, MAX_SCALE),
    );
    const sides = fields['inputSides'];
    const inputSides =
      sides === undefined
        ? undefined
        : list(`${name}.inputSides`, sides, scales.length).map((side, index) =>
            step(`${name}.inputSides[${index}]`, side, MAX_INPUT_SIDE),
          );
    return {
      scales,
      ...(inputSides && { inputSides }),
      threshold: threshold(`${name}.threshold`, fields['threshold']),
      maxUnrefinedScale: read.number(`${name}.maxUnrefinedScale`, fields['maxUnrefinedScale'], 0, MAX_SCALE),
      ...(fields['large'] !== undefined && { large: parseLarge(`${name}.large`, fields['large']) }),
    };
  };
  const parseLarge = (name: string, value: unknown): LargeFaces => {
    const large = read.record(name, value);
    return {
      side: read.number(`${name}.side`, large['side'], 0.01, 1),
      threshold: threshold(`${name}.threshold`, large['threshold']),
    };
  };
  const parsePlan = (mode: SearchMode): SearchPlan => {
    const name = `search.${mode}`;
    const plan = read.record(name, search[mode]);
    return {
      whole: flag(`${name}.whole`, plan['whole']),
      tileSide: read.number(`${name}.tileSide`, plan['tileSide'], MIN_TILE_SIDE, 1),
      tileOverlap: read.number(`${name}.tileOverlap`, plan['tileOverlap'], 0, MAX_OVERLAP),
      joined: flag(`${name}.joined`, plan['joined']),
      refinement: parseRefinement(`${name}.refinement`, plan['refinement']),
    };
  };
  const parseFine = (value: unknown): FinePlan => {
    const fine = read.record('search.fine', value);
    return {
      minFacePx: read.number('search.fine.minFacePx', fine['minFacePx'], ...FACE_SIDES_PX),
      faceSides: read.number('search.fine.faceSides', fine['faceSides'], 1, MAX_FACE_SIDES),
      threshold: threshold('search.fine.threshold', fine['threshold']),
      minRange: read.number('search.fine.minRange', fine['minRange'], 0, 255),
      ...(fine['scout'] !== undefined && { scout: parseScout(fine['scout']) }),
    };
  };
  const parseScout = (value: unknown): ScoutPlan => {
    const plan = read.record('search.fine.scout', value);
    const confirmation = read.record('search.fine.scout.confirmation', plan['confirmation']);
    const fieldsOf = (name: ScoutStageName) => read.record(`search.fine.scout.${name}`, plan[name]);
    const length = (name: ScoutStageName, field: string, least: number) =>
      read.number(`search.fine.scout.${name}.${field}`, fieldsOf(name)[field], least, MAX_WINDOW);
    const stage = (name: ScoutStageName): ScoutStage => ({
      windowPx: length(name, 'windowPx', 3),
      facePx: length(name, 'facePx', 2),
      threshold: read.number(
        `search.fine.scout.${name}.threshold`,
        fieldsOf(name)['threshold'],
        -MAX_CLIPPING,
        MAX_CLIPPING,
      ),
    });
    return {
      reach: read.number('search.fine.scout.reach', plan['reach'], 1.01, 2),
      threshold: threshold('search.fine.scout.threshold', plan['threshold']),
      refinement: parseRefinement('search.fine.scout.refinement', plan['refinement']),
      confirmation: {
        below: threshold('search.fine.scout.confirmation.below', confirmation['below']),
        threshold: threshold('search.fine.scout.confirmation.threshold', confirmation['threshold']),
      },
      scout: { ...stage('scout'), stridePx: length('scout', 'stridePx', 1) },
      judge: stage('judge'),
    };
  };
  const parseTrust = (value: unknown): ScoreTrust => {
    const trust = read.record('trust', value);
    return {
      lowScoreThreshold: read.number('trust.lowScoreThreshold', trust['lowScoreThreshold'], 0, 1),
      highScoreThreshold: read.number('trust.highScoreThreshold', trust['highScoreThreshold'], 0, 1),
    };
  };
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
    keyPoints: parseKeyPoints(list('keyPoints', manifest['keyPoints'], KEY_POINT_NAMES.length), read.error),
    threshold: threshold('search.threshold', search['threshold']),
    merge: {
      overlap: read.number('search.merge.overlap', merge['overlap'], 0.01, 1),
      inside: read.number('search.merge.inside', merge['inside'], 0.01, 1),
      ...(merge['inFront'] !== undefined && {
        inFront: read.number('search.merge.inFront', merge['inFront'], 0.01, 1),
      }),
    },
    search: { picture: parsePlan('picture'), camera: parsePlan('camera') },
    follow: parseRefinement('search.follow', search['follow']),
    ...(search['fine'] !== undefined && { fine: parseFine(search['fine']) }),
    boxToFace:
      manifest['boxToFace'] === undefined
        ? WHOLE_BOX
        : parseBoxGeometry('boxToFace', manifest['boxToFace'], source),
    ...(manifest['trust'] !== undefined && { trust: parseTrust(manifest['trust']) }),
  };
}
