/**
 * YuNet, from a file that the person has: one look at the whole frame, at three strides.
 *
 * frame → one square look, blue first → cells above the threshold → merged → faces.
 *
 * Ref: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 2023.
 */
import { createKernels } from '../../backend/kernels.js';
import { MienError } from '../../errors.js';
import { createFrame, type Frame } from '../../frame.js';
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
  /** The network, as `parseOnnx` of @mien/formats reads it for a square input of a multiple of 32 pixels. */
  readonly graph: Graph;
  readonly weights: Weights;
  /** What error messages name, such as the file. */
  readonly source: string;
}

const STRIDES = [8, 16, 32] as const;
/** Names of the outputs, less the stride, and their values a cell. */
const OUTPUTS = { cls: 1, obj: 1, bbox: 4, kps: 10 } as const;
const KEY_POINTS: readonly KeyPointName[] = ['rightEye', 'leftEye', 'noseTip', 'mouth'];
/** Least score: clear faces of the four photographs that we have reach 0.89 and more. */
const THRESHOLD = 0.7;
const MERGE = { overlap: 0.3, inside: 0.6 } as const;
/** Its boxes are taller than those of the Haar cascade and reach lower: medians of 435 pictures of FER2013. */
const BOX_TO_FACE: BoxGeometry = { scale: 0.93, offsetX: 0, offsetY: -0.03 };

/**
 * Creates the detector. `score` of a detection is 0…1, best first; boxes are of fractional pixels.
 *
 * @throws MienError `UNSUPPORTED` when the network is none of this kind, `MODEL_INVALID` when weights are missing
 */
export async function createYuNetDetector({
  graph,
  weights,
  source,
}: YuNetDetectorOptions): Promise<Detector> {
  const side = checkGraph(graph, source);
  const kernels = await createKernels();
  // Undefined once disposed of, so that the memory can go even while the detector is held.
  let parts: { sampler: AreaSampler; network: Network } | undefined = {
    sampler: new AreaSampler(kernels, { width: side, height: side, range: [0, 255], outside: 0 }),
    network: new Network(kernels, graph, weights),
  };

  return {
    id: 'yunet',
    boxToFace: BOX_TO_FACE,
    detect(picture) {
      if (parts === undefined) throw new MienError('USAGE', 'yunet: the detector was used after dispose');
      const { sampler, network } = parts;
      const frame = createFrame(picture); // uint8 [height, width, channels]
      const look = squareOver(frame);
      const outputs = network.runFilled(1, (_, offset) => {
        sampler.sample(frame, look, offset); // float32 [side, side, 3] in 0…255
        swapRedAndBlue(kernels.f32(offset, sampler.length));
      });
      const outputOf = (name: string) => outputs[graph.outputs.indexOf(name)] ?? new Float32Array(0);
      const seen = STRIDES.flatMap((stride) => {
        const scale = {
          stride,
          columns: side / stride,
          faces: outputOf(`cls_${stride}`),
          objects: outputOf(`obj_${stride}`),
          boxes: outputOf(`bbox_${stride}`),
          points: outputOf(`kps_${stride}`),
        };
        return decodeYuNet(scale, look, look.width / side, THRESHOLD);
      });
      const faces = suppressCandidates(seen, MERGE).filter(({ box }) => isWithin(box, frame));
      return faces.map((face) => toDetection(face, KEY_POINTS, frame));
    },
    dispose() {
      parts = undefined;
    },
  };
}

/** From the upper left corner on, as OpenCV pads pictures for this network. */
function squareOver({ width, height }: Frame): Box {
  const longest = Math.max(width, height);
  return { x: 0, y: 0, width: longest, height: longest };
}

/** The network was trained on OpenCV's pictures. */
function swapRedAndBlue(pixels: Float32Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    pixels[i] = pixels[i + 2]!;
    pixels[i + 2] = red;
  }
}

/** Side of the input of a network of this kind. */
function checkGraph(graph: Graph, source: string): number {
  const unsupported = (what: string): MienError =>
    new MienError('UNSUPPORTED', `${source}: is no YuNet that finds faces, ${what}; use another detector`);
  const [height, width, channels] = graph.inputShape;
  if (height !== width || width % 32 !== 0 || channels !== 3) {
    throw unsupported(`its input is ${width}×${height}×${channels} and no square of a multiple of 32`);
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
