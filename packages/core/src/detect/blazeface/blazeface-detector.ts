/**
 * MediaPipe's short-range face detector in our own engine: boxes with six key points.
 *
 * frame → tiles → candidates → merged detections → refinement → faces. The network detects a face only if it fills a
 * good part of the 128×128 pixels that it was trained with, so one pass over a whole picture misses small faces. A search
 * therefore also runs it on larger inputs, which a convolutional network accepts.
 *
 * Ref: Bazarevsky, Kartynnik, Vakunov, Raveendran, Grundmann, "BlazeFace: Sub-millisecond neural face detection on
 * mobile GPUs", 2019. The tiled search and the refinement are ours.
 */
import { MienError } from '../../errors.js';
import { checkFrame, type Frame } from '../../frame.js';
import { loadDetectorModel } from '../../model/load-detector-model.js';
import type { ModelSource } from '../../model/load-model.js';
import type { Box } from '../../geometry/box.js';
import { isWithin, toDetection, type Candidate } from '../candidate.js';
import type { Detection, Detector } from '../detector.js';
import { createTileNetwork, TILES_PER_BATCH } from './tile-network.js';
import { blendCandidates, suppressCandidates, type MergeSettings } from '../merge-candidates.js';
import { FACE_SIDES_PX, SEARCH_MODES, type Confirmation, type SearchMode } from './blazeface-contract.js';
import { createFaceScout } from './face-scout.js';
import { parseBlazeFaceContract } from './parse-contract.js';
import { planFineTiles } from './plan-fine-tiles.js';
import { isPlannedFor, planHintedTiles, TILES_PER_PASS } from './plan-hinted-tiles.js';
import { planTiles, toSquareTile, type Tile } from './plan-tiles.js';
import { refineDetections, refineBoxes, type CoarseDetection } from './refine-detections.js';

export interface BlazeFaceDetectorOptions {
  /** The files of a model package such as `@mien/model-blazeface-short-range`. */
  readonly model: ModelSource;
  /**
   * `picture` (default) also detects small faces, at the cost of some 15 passes of the network at its trained input
   * size. `camera` detects the face of someone in front of a camera with less than two passes (640×480).
   */
  readonly mode?: SearchMode;
  /**
   * The smallest face that is searched for in pictures, in pixels of its longer side, 12…4096. Smaller ones cost more: the
   * work grows with the inverse of its square. Default: as the model's manifest says, 24.
   */
  readonly minFacePx?: number;
}

/** A tile around the whole picture detects faces that are larger than this part of it. */
const LARGE_FACE_SIDES = 5;
/** Where a search of everything takes fewer passes of the network, there is nothing to save. */
const LEAST_PASSES = 10;

/** A detector that can also detect a face near its last position. */
export type BlazeFaceDetector = Detector &
  Required<Pick<Detector, 'detectAt' | 'detectInPicture' | 'boxToFace'>>;

/**
 * Creates the detector. Detections come best first; `score` is 0…1, and boxes have fractional pixels.
 *
 * @throws MienError `MODEL_INVALID` if the files are damaged or do not belong together, `USAGE` for an unknown mode
 *
 * @example
 * const detector = await createBlazeFaceDetector({ model: { manifest, weights, source: 'blazeface' } });
 * detector.detect(frame); // examples/eileen-collins.png, rounded:
 * // [{ box: { x: 174, y: 73, width: 103, height: 103 }, score: 0.88,
 * //    keyPoints: { rightEye: { x: 205, y: 102 }, leftEye: { x: 247, y: 105 }, … } }]
 */
export async function createBlazeFaceDetector({
  model: files,
  mode = 'picture',
  minFacePx,
}: BlazeFaceDetectorOptions): Promise<BlazeFaceDetector> {
  if (!SEARCH_MODES.includes(mode)) {
    throw new MienError(
      'USAGE',
      `blazeface: mode must be one of ${SEARCH_MODES.join(', ')}, got ${mode as string}`,
    );
  }
  const [leastPx, mostPx] = FACE_SIDES_PX;
  if (minFacePx !== undefined && !(minFacePx >= leastPx && minFacePx <= mostPx)) {
    throw new MienError(
      'USAGE',
      `blazeface: minFacePx must be from ${leastPx} to ${mostPx}, got ${minFacePx}`,
    );
  }
  const model = await loadDetectorModel(files);
  const contract = parseBlazeFaceContract(files.manifest, files.source);
  const { input, inputStep, merge, search, follow, fine, threshold, boxToFace, keyPoints, trust } = contract;
  const plan = search[mode];
  const { id } = model.manifest;
  const isPicture = mode === 'picture';
  const createNetworks = async () => ({
    network: await createTileNetwork(model, contract, files.source),
    scout:
      isPicture && fine?.scout ? await createFaceScout(model, { ...fine, scout: fine.scout }) : undefined,
  });
  // Undefined after dispose(), so that the memory is freed even while the detector is referenced.
  let networks: Awaited<ReturnType<typeof createNetworks>> | undefined = await createNetworks();
  const use = () => {
    if (networks === undefined) throw new MienError('USAGE', `${id}: the detector was used after dispose()`);
    return networks;
  };

  const tileInput = { side: input.width, step: inputStep };
  const planSearch = (size: Pick<Frame, 'width' | 'height'>) => planTiles(size, plan, tileInput);

  /** Tiles for small faces, in a search mode that detects them. */
  function planFine(frame: Frame): Tile[] {
    if (fine === undefined || !isPicture) return [];
    const side = Math.max(plan.tileSide * Math.min(frame.width, frame.height), input.width);
    return planFineTiles(frame, side, minFacePx ?? fine.minFacePx, fine, tileInput);
  }

  /**
   * Searches where the scout's small networks noticed something, and the whole picture in one tile for large faces;
   * `undefined` if a full search takes no more.
   */
  function searchByHints(frame: Frame): Detection[] | undefined {
    const { scout } = use();
    if (scout === undefined || fine?.scout === undefined) return undefined;
    const smallest = minFacePx ?? fine.minFacePx;
    const passes = (frame.width * frame.height) / (smallest * fine.faceSides) ** 2; // of a full search
    if (passes < LEAST_PASSES) return undefined;
    const longest = Math.max(frame.width, frame.height);
    const hinted = planHintedTiles(scout.find(frame, smallest, longest / LARGE_FACE_SIDES), tileInput);
    if (hinted.length > passes * TILES_PER_PASS) return undefined;
    const whole = toSquareTile((frame.width - longest) / 2, (frame.height - longest) / 2, longest, tileInput);
    const { threshold: hintThreshold, refinement, confirmation } = fine.scout;
    const coarse = detectInTiles(frame, [whole], hintThreshold);
    for (let open = hinted; open.length > 0;) {
      coarse.push(...detectInTiles(frame, open.slice(0, TILES_PER_BATCH), hintThreshold));
      // Several hints are of one face: once it is detected, the others need no pass.
      const sure = coarse.filter(({ score }) => score >= refinement.threshold);
      open = open.slice(TILES_PER_BATCH).filter((tile) => !sure.some(({ box }) => isPlannedFor(tile, box)));
    }
    return confirm(frame, refine(frame, coarse, refinement), confirmation).map(toFace(frame));
  }

  function detectInTiles(frame: Frame, tiles: readonly Tile[], minScore: number): CoarseDetection[] {
    const perTile = use().network.detect(frame, tiles, minScore); // tiles × candidates
    return toCoarseDetections(perTile, tiles, frame, input.width, merge);
  }

  function refine(
    frame: Frame,
    detections: readonly CoarseDetection[],
    refinement = plan.refinement,
  ): Candidate[] {
    const coarse = suppressCandidates(detections, merge).filter(({ box }) => isWithin(box, frame));
    const refined = refineDetections(use().network, frame, coarse, refinement, merge);
    return suppressCandidates(refined, merge).filter(({ box }) => isWithin(box, frame));
  }

  /** Refines faces with a low score once more, at the scales of a full search. */
  function confirm(
    frame: Frame,
    faces: readonly Candidate[],
    { below, threshold: minScore }: Confirmation,
  ): Candidate[] {
    const sure = faces.filter(({ score }) => score >= below);
    const doubtful = faces.filter(({ score }) => score < below).map(({ box }) => box);
    const refinement = { ...plan.refinement, threshold: minScore };
    const confirmed = refineBoxes(use().network, frame, doubtful, refinement, merge).flatMap((face) =>
      face !== undefined && isWithin(face.box, frame) ? [face] : [],
    );
    return suppressCandidates([...sure, ...confirmed], merge);
  }

  const toFace = (frame: Frame) => (face: Candidate) => toDetection(face, keyPoints, frame);

  return {
    id,
    boxToFace,
    ...(trust && { trust }),
    detect(picture) {
      use();
      const frame = checkFrame(picture); // uint8 [height, width, channels]
      return refine(frame, detectInTiles(frame, planSearch(frame), threshold)).map(toFace(frame));
    },
    detectInPicture(picture) {
      use();
      const frame = checkFrame(picture);
      return (
        searchByHints(frame) ??
        refine(frame, [
          ...detectInTiles(frame, planSearch(frame), threshold),
          ...detectInTiles(frame, planFine(frame), fine?.threshold ?? threshold),
        ]).map(toFace(frame))
      );
    },
    // A picture is searched as a whole: its many small tiles would each refine the same face.
    ...(mode === 'camera' && {
      searchParts: planSearch,
      detectIn(picture: Frame, parts: readonly Box[]) {
        const frame = checkFrame(picture);
        const isWanted = (tile: Tile) => parts.some(({ x, y }) => x === tile.x && y === tile.y);
        const tiles = planSearch(frame).filter(isWanted);
        return refine(frame, detectInTiles(frame, tiles, threshold)).map(toFace(frame));
      },
    }),
    detectAt(picture, box) {
      const { network } = use();
      const frame = checkFrame(picture);
      const [face] = refineBoxes(network, frame, [box], follow, merge);
      return face !== undefined && isWithin(face.box, frame)
        ? toDetection(face, keyPoints, frame)
        : undefined;
    },
    dispose() {
      networks = undefined;
    },
  };
}

/** Blends the candidates of each tile to one detection per face, and notes the scale at which it was detected. */
function toCoarseDetections(
  perTile: readonly (readonly Candidate[])[],
  tiles: readonly Tile[],
  frame: Frame,
  inputSide: number,
  merge: MergeSettings,
): CoarseDetection[] {
  return tiles.flatMap((tile, index) =>
    blendCandidates(perTile[index] ?? [], merge).map((candidate) => {
      const { width, height } = candidate.box;
      const side = (tile.width / tile.inputWidth) * inputSide; // of a trained input at this scale, in frame pixels
      const tileScale = isCut(candidate.box, tile, frame) ? Infinity : side / Math.max(width, height);
      return { ...candidate, tileScale };
    }),
  );
}

/** Whether the tile's border cuts the box where the frame continues, so that the network got only a part of the face. */
function isCut({ x, y, width, height }: Box, tile: Box, frame: Frame): boolean {
  const [right, bottom] = [tile.x + tile.width, tile.y + tile.height];
  return (
    (x < tile.x && tile.x > 0) ||
    (y < tile.y && tile.y > 0) ||
    (x + width > right && right < frame.width) ||
    (y + height > bottom && bottom < frame.height)
  );
}
