/**
 * What this detector's manifest says besides what every manifest says: its anchors, tiles and thresholds. The code holds
 * no numbers of the model.
 */
import type { KeyPointName } from '../../geometry/key-points.js';
import type { InputContract } from '../../model/input-contract.js';
import type { BoxGeometry } from '../../model/manifest.js';
import type { ScoreTrust } from '../detector.js';
import type { MergeSettings } from '../merge-candidates.js';

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

/** A network that classifies windows of a picture in grey. Lengths are in pixels of its input. */
export interface ScoutStage {
  /** Side of a window. */
  readonly windowPx: number;
  /** Side of the box of a face that fits in the window. */
  readonly facePx: number;
  /** Logit from which on a window may hold a face. */
  readonly threshold: number;
}

/** Faces with a low score after refinement are refined once more, at the scales of a full search. */
export interface Confirmation {
  /** Faces from this score on are kept as they are. */
  readonly below: number;
  /** Lowest score of a face that was refined once more. */
  readonly threshold: number;
}

export interface ScoutPlan {
  /** A window notices faces that are larger or smaller by at most this factor. */
  readonly reach: number;
  /** Lowest score of a detection where something was noticed, before refinement. */
  readonly threshold: number;
  /** Refinement of what was detected there. */
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
  /** How a face is detected near its place in the previous frame. */
  readonly follow: Refinement;
  /** Absent if pictures get the usual search. */
  readonly fine?: FinePlan;
  readonly boxToFace: BoxGeometry;
  readonly trust?: ScoreTrust;
}

/** Range of the smallest face that can be searched for, in pixels of its longer side. */
export const FACE_SIDES_PX = [12, 4096] as const;
