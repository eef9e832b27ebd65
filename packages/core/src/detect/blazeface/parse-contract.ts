/** What a manifest of this detector says beyond what every manifest does: the code holds no number of the model's. */
import type { MienError } from '../../errors.js';
import { KEY_POINT_NAMES, type KeyPointName } from '../../geometry/key-points.js';
import {
  createReader,
  parseBoxGeometry,
  parseInput,
  WHOLE_BOX,
  type BoxGeometry,
  type InputContract,
} from '../../model/manifest.js';
import type { ScoreTrust } from '../detector.js';
import type { MergeSettings } from '../merge-candidates.js';

/** A grid of anchors, in the order of the network's outputs. */
export interface AnchorGrid {
  /** Pixels of the input from one cell to the next. */
  readonly stride: number;
  /** Anchors in each cell. */
  readonly perCell: number;
}

/** What a search looks at. */
export interface LookPlan {
  /** Whether all of the frame is looked at in one square around it. */
  readonly whole: boolean;
  /** Side of the square tiles, in parts of the frame's shorter side. */
  readonly tileSide: number;
  /** Least overlap of neighbouring tiles, in parts of their side. */
  readonly tileOverlap: number;
  /** Whether the tiles are joined into one look at a larger input, or are looks of their own. */
  readonly joined: boolean;
}

export interface SecondLook {
  /** Sides of the squares that are looked at again, in parts of the found box's longer side. */
  readonly scales: readonly number[];
  /** Least score of a face that is reported; of several scales the mean. */
  readonly threshold: number;
  /**
   * A find that reaches the threshold at once needs no second look when its first was at most this many times as wide
   * as its box: it was seen as closely there. 0 for always another look.
   */
  readonly closeEnough: number;
}

export interface SearchPlan extends LookPlan {
  readonly secondLook: SecondLook;
}

/** How thoroughly a frame is searched: once for a picture, or again and again while a camera runs. */
export const SEARCH_MODES = ['picture', 'camera'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface BlazeFaceContract {
  readonly input: InputContract;
  /** Sides of other inputs, too, are multiples of this: every grid then has whole cells. In pixels. */
  readonly inputStep: number;
  /** What lies beyond the frame, 0…255. */
  readonly outside: number;
  /** Names of the network's outputs. */
  readonly outputs: { readonly boxes: string; readonly scores: string };
  readonly anchors: readonly AnchorGrid[];
  /** Logits are clipped to −scoreClipping … scoreClipping. */
  readonly scoreClipping: number;
  /** In the order of the network's outputs. */
  readonly keyPoints: readonly KeyPointName[];
  /** Least score of a find that is looked at again. */
  readonly threshold: number;
  readonly merge: MergeSettings;
  readonly search: Readonly<Record<SearchMode, SearchPlan>>;
  readonly boxToFace: BoxGeometry;
  readonly trust?: ScoreTrust;
}

/** A tile smaller than this share of the frame would be one of a hundred. */
const MIN_TILE_SIDE = 0.1;
const MAX_OVERLAP = 0.8;
const MAX_GRIDS = 16;
const MAX_ANCHORS_PER_CELL = 64;
const MAX_STRIDE = 4096;
const MAX_CLIPPING = 1000;
const MAX_SCALES = 4;
const MAX_SCALE = 10;

/**
 * Checks the contract of a manifest, as `JSON.parse` gives it.
 *
 * @param source What the error message names, such as a file.
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
  const whole = (key: string, number: unknown, most: number): number => {
    const count = read.number(key, number, 1, most);
    if (!Number.isInteger(count)) throw read.error(key, 'a whole number', count);
    return count;
  };
  const yesOrNo = (key: string, value: unknown): boolean => {
    if (typeof value !== 'boolean') throw read.error(key, 'true or false', value);
    return value;
  };
  const threshold = (key: string, number: unknown): number => read.number(key, number, 0.01, 0.99);

  const parsePlan = (mode: SearchMode): SearchPlan => {
    const name = `search.${mode}`;
    const plan = read.record(name, search[mode]);
    const again = read.record(`${name}.secondLook`, plan['secondLook']);
    return {
      whole: yesOrNo(`${name}.whole`, plan['whole']),
      tileSide: read.number(`${name}.tileSide`, plan['tileSide'], MIN_TILE_SIDE, 1),
      tileOverlap: read.number(`${name}.tileOverlap`, plan['tileOverlap'], 0, MAX_OVERLAP),
      joined: yesOrNo(`${name}.joined`, plan['joined']),
      secondLook: {
        scales: list(`${name}.secondLook.scales`, again['scales'], MAX_SCALES).map((scale, index) =>
          read.number(`${name}.secondLook.scales[${index}]`, scale, 1, MAX_SCALE),
        ),
        threshold: threshold(`${name}.secondLook.threshold`, again['threshold']),
        closeEnough: read.number(`${name}.secondLook.closeEnough`, again['closeEnough'], 0, MAX_SCALE),
      },
    };
  };
  const parseTrust = (value: unknown): ScoreTrust => {
    const trust = read.record('trust', value);
    return {
      doubtfulBelow: read.number('trust.doubtfulBelow', trust['doubtfulBelow'], 0, 1),
      sureFrom: read.number('trust.sureFrom', trust['sureFrom'], 0, 1),
    };
  };
  const anchors = list('anchors', manifest['anchors'], MAX_GRIDS).map((item, index): AnchorGrid => {
    const grid = read.record(`anchors[${index}]`, item);
    return {
      stride: whole(`anchors[${index}].stride`, grid['stride'], MAX_STRIDE),
      perCell: whole(`anchors[${index}].perCell`, grid['perCell'], MAX_ANCHORS_PER_CELL),
    };
  });
  return {
    input,
    inputStep: Math.max(...anchors.map(({ stride }) => stride)),
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
    },
    search: { picture: parsePlan('picture'), camera: parsePlan('camera') },
    boxToFace:
      manifest['boxToFace'] === undefined
        ? WHOLE_BOX
        : parseBoxGeometry('boxToFace', manifest['boxToFace'], source),
    ...(manifest['trust'] !== undefined && { trust: parseTrust(manifest['trust']) }),
  };
}

/** Every name that {@link KeyPoints} promises must be there, each once. */
function parseKeyPoints(
  items: readonly unknown[],
  error: (key: string, expected: string, value: unknown) => MienError,
): readonly KeyPointName[] {
  const names = items.map((item, index) => {
    const name = KEY_POINT_NAMES.find((known) => known === item);
    if (name === undefined) throw error(`keyPoints[${index}]`, `one of ${KEY_POINT_NAMES.join(', ')}`, item);
    return name;
  });
  const needed = KEY_POINT_NAMES.filter((name) => !name.endsWith('Tragion'));
  const isWhole = needed.every((name) => names.includes(name)) && new Set(names).size === names.length;
  if (!isWhole) throw error('keyPoints', `different names, ${needed.join(', ')} among them`, names);
  return names;
}
