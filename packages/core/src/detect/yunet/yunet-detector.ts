/**
 * The YuNet detector, for a model file that the user provides: one pass over the whole frame, with three strides.
 *
 * frame → square BGR input → cells above the threshold → merged detections → faces.
 *
 * Ref: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 2023.
 */
import { createKernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import { checkFrame, type Frame } from '../../frame.js';
import type { Box } from '../../geometry/box.js';
import type { KeyPointName } from '../../geometry/key-points.js';
import { AreaSampler } from '../../image/area-sampler.js';
import { describeGraph } from '../../nn/describe-graph.js';
import type { BoxGeometry } from '../../model/manifest.js';
import type { Graph } from '../../nn/graph.js';
import { Network } from '../../nn/network.js';
import { elementCount, type Weights } from '../../nn/tensor.js';
import { isWithin, toDetection } from '../candidate.js';
import type { Detector } from '../detector.js';
import { suppressCandidates } from '../merge-candidates.js';
import { decodeYuNet } from './decode-yunet.js';

export interface YuNetDetectorOptions {
  /** The network, as `parseOnnx` of @mien/formats returns it for a square input whose side is a multiple of 32. */
  readonly graph: Graph;
  readonly weights: Weights;
  /** Name for error messages, such as a path. */
  readonly source: string;
}

const STRIDES = [8, 16, 32] as const;
/** Names of the outputs without the stride, and their values per cell. */
const OUTPUTS = { cls: 1, obj: 1, bbox: 4, kps: 10 } as const;
const KEY_POINTS: readonly KeyPointName[] = ['rightEye', 'leftEye', 'noseTip', 'mouth'];
/** Lowest score of a detection; clear faces in our four test photographs score 0.89 or more. */
const THRESHOLD = 0.7;
const MERGE = { overlap: 0.3, inside: 0.6 } as const;
/** YuNet's boxes are taller than the Haar cascade's and reach lower: medians over 435 pictures of FER2013. */
const BOX_TO_FACE: BoxGeometry = { scale: 0.93, offsetX: 0, offsetY: -0.03 };

/**
 * Creates the detector. Detections come best first; `score` is 0…1, and boxes have fractional pixels.
 *
 * @throws MienError `UNSUPPORTED` if the network is not YuNet, `MODEL_INVALID` if weights are missing
 */
export async function createYuNetDetector({
  graph,
  weights,
  source,
}: YuNetDetectorOptions): Promise<Detector> {
  const side = checkGraph(graph, source);
  const kernels = await createKernels();
  // Undefined after dispose(), so that the memory is freed even while the detector is referenced.
  let parts: { sampler: AreaSampler; network: Network } | undefined = {
    sampler: new AreaSampler(kernels, { width: side, height: side, range: [0, 255], outside: 0 }),
    network: new Network(kernels, graph, weights),
  };

  return {
    id: 'yunet',
    boxToFace: BOX_TO_FACE,
    detect(picture) {
      if (parts === undefined) throw new MienError('USAGE', 'yunet: the detector was used after dispose()');
      const { sampler, network } = parts;
      const frame = checkFrame(picture); // uint8 [height, width, channels]
      const square = squareOver(frame);
      const outputs = network.runFilled(1, (_, offset) => {
        sampler.sample(frame, square, offset); // float32 [side, side, 3] in 0…255
        swapRedAndBlue(kernels.f32(offset, sampler.length));
      });
      const outputOf = (name: string) => outputs[graph.outputs.indexOf(name)] ?? new Float32Array(0);
      const candidates = STRIDES.flatMap((stride) => {
        const scale = {
          stride,
          columns: side / stride,
          faces: outputOf(`cls_${stride}`),
          objects: outputOf(`obj_${stride}`),
          boxes: outputOf(`bbox_${stride}`),
          points: outputOf(`kps_${stride}`),
        };
        return decodeYuNet(scale, square, square.width / side, THRESHOLD);
      });
      const faces = suppressCandidates(candidates, MERGE).filter(({ box }) => isWithin(box, frame));
      return faces.map((face) => toDetection(face, KEY_POINTS, frame));
    },
    dispose() {
      parts = undefined;
    },
  };
}

/** Starts at the top left corner, as OpenCV pads pictures for this network. */
function squareOver({ width, height }: Frame): Box {
  const longest = Math.max(width, height);
  return { x: 0, y: 0, width: longest, height: longest };
}

/** The network expects OpenCV's BGR order. */
function swapRedAndBlue(pixels: Float32Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    pixels[i] = pixels[i + 2]!;
    pixels[i + 2] = red;
  }
}

/** Checks that a graph is YuNet, and returns the side of its input. */
function checkGraph(graph: Graph, source: string): number {
  const unsupported = (what: string): MienError =>
    new MienError('UNSUPPORTED', `${source}: is not a YuNet face detector, ${what}; use another detector`);
  const [height, width, channels] = graph.inputShape;
  if (height !== width || width % 32 !== 0 || channels !== 3) {
    throw unsupported(
      `its input is ${width}×${height}×${channels}, not a square whose side is a multiple of 32`,
    );
  }
  const { layers } = describeGraph(graph);
  for (const stride of STRIDES) {
    for (const [kind, perCell] of Object.entries(OUTPUTS)) {
      const name = `${kind}_${stride}`;
      if (!graph.outputs.includes(name)) {
        throw unsupported(`it has no output "${name}", only ${graph.outputs.slice(0, 12).join(', ')}`);
      }
      const cells = (width / stride) ** 2;
      const shape = layers.get(name)?.outputShape ?? [];
      if (elementCount(shape) !== cells * perCell) {
        throw unsupported(`its output "${name}" is [${shape.join(', ')}] instead of ${cells}×${perCell}`);
      }
    }
  }
  return width;
}
