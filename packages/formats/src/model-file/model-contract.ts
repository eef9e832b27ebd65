/**
 * What a model file may not say: the meaning of its outputs, and how to scale its input.
 *
 * In order of precedence: the person (`--labels`, `--input-range`), the file itself (if Mien wrote it), a manifest beside
 * it, and for checkpoints of the paper's authors the values in their code.
 */
import { checkSha256, FER2013_LABELS, isRecord, MienError, type CropGeometry } from '@mien/core';
import { describeGraph, miniXception, type Graph } from '@mien/core/nn';

export interface ModelContract {
  /** Meaning of the outputs, in their order. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become. */
  readonly inputRange?: readonly [low: number, high: number];
  readonly crop?: CropGeometry;
}

/** The parts of a contract that a person states, and nothing else that `settings` holds. */
export function toContract({ labels, inputRange }: ModelContract): ModelContract {
  return { ...(labels === undefined ? {} : { labels }), ...(inputRange === undefined ? {} : { inputRange }) };
}

/**
 * The contract of the checkpoints that the paper's training script left (`fer2013_mini_XCEPTION.102-0.66.hdf5` and its
 * like), which stands in that script and not in the files: the labels in FER2013's order, grey 0…255 as −1…1.
 *
 * They are known by their network: mini_Xception, layer for layer and name for name, for grey pictures and as many
 * classes as FER2013 has labels. Of any other network nothing is assumed.
 *
 * Ref: https://github.com/oarriaga/face_classification, `src/train_emotion_classifier.py`
 */
export function contractOfPaper(graph: Graph): ModelContract {
  const [height, width] = graph.inputShape;
  let paper: Graph;
  try {
    paper = miniXception({ inputShape: [height, width, 1], classes: FER2013_LABELS.length });
  } catch (error) {
    if (error instanceof MienError) return {}; // Too small a picture for this network: it is another one.
    throw error;
  }
  return signatureOf(graph) === signatureOf(paper) ? { labels: FER2013_LABELS, inputRange: [-1, 1] } : {};
}

/** Names, kinds, connections and shapes of all layers, whatever their order. */
function signatureOf(graph: Graph): string {
  const { layers } = describeGraph(graph);
  const lines = graph.layers.map(({ name, kind, inputs }) => {
    const shape = layers.get(name)?.outputShape.join('×') ?? '';
    return `${name} ${kind} ${[...inputs].sort().join(',')} ${shape}`;
  });
  return lines.sort().join('\n');
}

/**
 * What a manifest says. The values are looked at closely when a model is made of them; here only their form.
 *
 * @throws MienError `MODEL_INVALID`, also when it is the manifest of other bytes
 */
export async function parseContract(
  value: unknown,
  source: string,
  bytes: Uint8Array,
): Promise<ModelContract> {
  const invalid = (what: string): MienError => new MienError('MODEL_INVALID', `${source}: ${what}`);
  if (!isRecord(value)) throw invalid('must hold labels and input.range as a manifest does');
  const { labels, input, crop, weights } = value;
  const range = isRecord(input) ? input['range'] : undefined;
  const expected = isRecord(weights) ? weights['sha256'] : undefined;
  if (typeof expected === 'string') await checkSha256(bytes, expected, source);
  if (
    labels !== undefined &&
    !(Array.isArray(labels) && labels.every((label) => typeof label === 'string'))
  ) {
    throw invalid('labels must be a list of names');
  }
  const isRange = Array.isArray(range) && range.length === 2 && range.every((end) => typeof end === 'number');
  if (range !== undefined && !isRange) throw invalid('input.range must be two numbers');
  if (crop !== undefined && !isRecord(crop)) throw invalid('crop must hold scale, offsetX and offsetY');
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(range === undefined ? {} : { inputRange: range as [number, number] }),
    ...(crop === undefined ? {} : { crop: crop as unknown as CropGeometry }),
  };
}
