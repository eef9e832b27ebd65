/**
 * What a model file may not say: the meaning of its outputs, and how to feed its input.
 *
 * In order of precedence: the person (`--labels`, `--input-range`, …), the file itself (if Mien wrote it), a manifest
 * beside it, and for checkpoints of the paper's authors the values in their code (`contract-of-paper.ts`).
 */
import {
  CHANNEL_ORDERS,
  checkSha256,
  INPUT_LAYOUTS,
  isRecord,
  MienError,
  OUTPUT_KINDS,
  type ChannelOrder,
  type CropGeometry,
  type InputLayout,
  type InputNormalization,
  type OutputKind,
} from '@mien/core';
import { isNormalization, isOutputKind } from '../own-metadata.js';

export interface ModelContract {
  /** Meaning of the outputs, in their order. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become. */
  readonly inputRange?: readonly [low: number, high: number];
  /** Means, deviations and order of the channels, after the range. */
  readonly normalization?: InputNormalization;
  /** Order of the axes of an ONNX or TFLite file's input. Default: as the file tells. */
  readonly inputLayout?: InputLayout;
  /** What the outputs are. Default: what they are recognised as. */
  readonly outputs?: OutputKind;
  readonly crop?: CropGeometry;
}

/** A contract as options state it: the parts of the normalization one by one, which take precedence over it. */
export interface ModelSettings extends ModelContract {
  readonly inputMean?: readonly number[];
  readonly inputStd?: readonly number[];
  readonly channelOrder?: ChannelOrder;
}

/**
 * The parts of a contract that a person states, and nothing else that `settings` holds.
 *
 * @throws MienError `USAGE` for a part that no network could have, such as a label given twice
 */
export function toContract(settings: ModelSettings): ModelContract {
  checkSettings(settings);
  const { labels, inputRange, inputLayout, outputs, inputMean, inputStd, channelOrder } = settings;
  const normalization: InputNormalization = {
    ...settings.normalization,
    ...(inputMean && { mean: inputMean }),
    ...(inputStd && { std: inputStd }),
    ...(channelOrder && { channelOrder }),
  };
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(inputRange === undefined ? {} : { inputRange }),
    ...(Object.keys(normalization).length === 0 ? {} : { normalization }),
    ...(inputLayout === undefined ? {} : { inputLayout }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

/** How many values there must be is the network's matter; here each by itself. */
function checkSettings(settings: ModelSettings): void {
  const check = (name: keyof ModelSettings, expected: string, isValid: (value: unknown) => boolean) => {
    const value = settings[name];
    if (value === undefined || isValid(value)) return;
    const given = JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
    );
    throw new MienError('USAGE', `${name}: must be ${expected}, got ${given}`);
  };
  const isOneOf = (known: readonly string[]) => (value: unknown) => known.includes(value as string);
  const isNumbers = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
  check('labels', 'names that differ', isListOfNames);
  check(
    'inputRange',
    'two different numbers',
    (value) => isNumbers(value) && value.length === 2 && value[0] !== value[1],
  );
  check('inputMean', 'one number for each channel', isNumbers);
  check('inputStd', 'one number above 0 for each channel', (value) => isNumbers(value) && value.every((std) => std > 0)); // prettier-ignore
  check('channelOrder', CHANNEL_ORDERS.join(' or '), isOneOf(CHANNEL_ORDERS));
  check('inputLayout', INPUT_LAYOUTS.join(' or '), isOneOf(INPUT_LAYOUTS));
  check('outputs', `one of ${OUTPUT_KINDS.join(', ')}`, isOneOf(OUTPUT_KINDS));
}

function isListOfNames(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const isName = (label: unknown) => typeof label === 'string' && label.trim() !== '';
  return value.every(isName) && new Set(value).size === value.length;
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
  const { labels, input, outputs, crop, weights } = value;
  const { range, detail, exposure, mean, std, channelOrder, layout } = isRecord(input) ? input : {};
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
  const steps = Object.fromEntries(
    Object.entries({ detail, exposure, mean, std, channelOrder }).filter(([, part]) => part !== undefined),
  );
  if (!isNormalization(steps)) {
    throw invalid(
      'input.mean and input.std must be lists of numbers, input.channelOrder RGB or BGR, input.exposure two ranges, input.detail two numbers',
    );
  }
  const inputLayout = INPUT_LAYOUTS.find((known) => known === layout);
  if (layout !== undefined && inputLayout === undefined) {
    throw invalid(`input.layout must be ${INPUT_LAYOUTS.join(' or ')}`);
  }
  if (outputs !== undefined && !isOutputKind(outputs)) {
    throw invalid('outputs must be probabilities, logits, log-probabilities or sigmoids');
  }
  if (crop !== undefined && !isRecord(crop)) throw invalid('crop must hold scale, offsetX and offsetY');
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(range === undefined ? {} : { inputRange: range as [number, number] }),
    ...(Object.keys(steps).length === 0 ? {} : { normalization: steps }),
    ...(inputLayout === undefined ? {} : { inputLayout }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(crop === undefined ? {} : { crop: crop as unknown as CropGeometry }),
  };
}
