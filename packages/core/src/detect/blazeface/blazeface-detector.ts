/**
 * MediaPipe's short-range face detector in our own engine: boxes with six key points.
 *
 * frame → looks (parts of the frame) → candidates → merged → each looked at again → faces. A face must be a good part of
 * the 128×128 pixels that the network was trained with, so one look at a whole picture misses small faces: a search
 * looks at an input that is larger as well, which a network of convolutions does not mind.
 *
 * Ref: Bazarevsky, Kartynnik, Vakunov, Raveendran, Grundmann, "BlazeFace: Sub-millisecond neural face detection on
 * mobile GPUs", 2019. The search and the second look are ours.
 */
import { MienError } from '../../errors.js';
import { createFrame, type Frame } from '../../frame.js';
import { loadDetectorModel } from '../../model/load-detector-model.js';
import type { ModelSource } from '../../model/load-model.js';
import type { Box } from '../../geometry/box.js';
import { isWithin, toDetection, type Candidate } from '../candidate.js';
import type { Detection, Detector } from '../detector.js';
import { createLookNetwork } from './tile-network.js';
import { blendCandidates, suppressCandidates, type MergeSettings } from '../merge-candidates.js';
import { parseBlazeFaceContract, SEARCH_MODES, type SearchMode } from './parse-contract.js';
import { planLooks, type Look } from './plan-tiles.js';
import { confirmFinds, lookAgain, type Find } from './refine-detections.js';

export interface BlazeFaceDetectorOptions {
  /** The files of a model package such as `@mien/model-blazeface-short-range`. */
  readonly model: ModelSource;
  /**
   * `picture` (default) also finds small faces, at the cost of some 15 looks; `camera` finds those of someone in front
   * of one, at that of less than two (640×480).
   */
  readonly mode?: SearchMode;
}

/** A detector that can also look where a face was. */
export type BlazeFaceDetector = Detector & Required<Pick<Detector, 'detectAt' | 'boxToFace'>>;

/**
 * Creates the detector. `score` of a detection is 0…1, best first; boxes are of fractional pixels.
 *
 * @throws MienError `MODEL_INVALID` when the files are damaged or do not belong together, `USAGE` for an option out of
 * range
 *
 * @example
 * const detector = await createBlazeFaceDetector({ model: { manifest, weights, source: 'blazeface' } });
 * detector.detect(frame); // of examples/eileen-collins.png, here rounded:
 * // [{ box: { x: 174, y: 73, width: 103, height: 103 }, score: 0.88,
 * //    keyPoints: { rightEye: { x: 205, y: 102 }, leftEye: { x: 247, y: 105 }, … } }]
 */
export async function createBlazeFaceDetector({
  model: files,
  mode = 'picture',
}: BlazeFaceDetectorOptions): Promise<BlazeFaceDetector> {
  if (!SEARCH_MODES.includes(mode)) {
    throw new MienError(
      'USAGE',
      `blazeface: mode must be one of ${SEARCH_MODES.join(', ')}, got ${mode as string}`,
    );
  }
  const model = await loadDetectorModel(files);
  const contract = parseBlazeFaceContract(files.manifest, files.source);
  const { input, inputStep, merge, search, threshold, boxToFace, keyPoints, trust } = contract;
  const plan = search[mode];
  const { id } = model.manifest;
  // Undefined once disposed of, so that the memory can go even while the detector is held.
  let network: Awaited<ReturnType<typeof createLookNetwork>> | undefined = await createLookNetwork(
    model,
    contract,
    files.source,
  );
  const use = () => {
    if (network === undefined) throw new MienError('USAGE', `${id}: the detector was used after dispose`);
    return network;
  };

  const lookInput = { side: input.width, step: inputStep };
  const planSearch = (size: Pick<Frame, 'width' | 'height'>) => planLooks(size, plan, lookInput);

  function searchIn(frame: Frame, looks: readonly Look[]): Detection[] {
    const network = use();
    const seen = network.look(frame, looks, threshold); // looks × candidates
    const finds = suppressCandidates(toFinds(seen, looks, frame, input.width, merge), merge).filter(
      ({ box }) => isWithin(box, frame),
    );
    const confirmed = confirmFinds(network, frame, finds, plan.secondLook, merge);
    const faces = suppressCandidates(confirmed, merge).filter(({ box }) => isWithin(box, frame));
    return faces.map((face) => toDetection(face, keyPoints, frame));
  }

  return {
    id,
    boxToFace,
    ...(trust && { trust }),
    detect(picture) {
      use();
      const frame = createFrame(picture); // uint8 [height, width, channels]
      return searchIn(frame, planSearch(frame));
    },
    // A picture's search is one piece: its small parts would each confirm the same find.
    ...(mode === 'camera' && {
      searchParts: planSearch,
      detectIn(picture: Frame, parts: readonly Box[]) {
        const frame = createFrame(picture);
        const isWanted = (look: Look) => parts.some(({ x, y }) => x === look.x && y === look.y);
        return searchIn(frame, planSearch(frame).filter(isWanted));
      },
    }),
    detectAt(picture, box) {
      const network = use();
      const frame = createFrame(picture);
      const [face] = lookAgain(network, frame, [box], search.camera.secondLook, merge);
      return face !== undefined && isWithin(face.box, frame)
        ? toDetection(face, keyPoints, frame)
        : undefined;
    },
    dispose() {
      network = undefined;
    },
  };
}

/** Of each look one find a face, with how closely it was seen there. */
function toFinds(
  seen: readonly (readonly Candidate[])[],
  looks: readonly Look[],
  frame: Frame,
  inputSide: number,
  merge: MergeSettings,
): Find[] {
  return looks.flatMap((look, index) =>
    blendCandidates(seen[index] ?? [], merge).map((candidate) => {
      const { width, height } = candidate.box;
      const side = (look.width / look.inputWidth) * inputSide; // of the usual input there, in pixels of the frame
      const lookScale = isCut(candidate.box, look, frame) ? Infinity : side / Math.max(width, height);
      return { ...candidate, lookScale };
    }),
  );
}

/** Whether a box goes on beyond its look, in the frame: it was not seen whole. */
function isCut({ x, y, width, height }: Box, look: Box, frame: Frame): boolean {
  const [right, bottom] = [look.x + look.width, look.y + look.height];
  return (
    (x < look.x && look.x > 0) ||
    (y < look.y && look.y > 0) ||
    (x + width > right && right < frame.width) ||
    (y + height > bottom && bottom < frame.height)
  );
}
