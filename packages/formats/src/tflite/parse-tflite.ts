/**
 * Reads a TFLite network into one of ours.
 *
 * Numbers are float32, float16 or integers that stand for real numbers (quantised), in weights alone or everywhere. All
 * of it is computed in float32: see `import/quantization.ts`.
 */
import { MienError, type InputLayout } from '@mien/core';
import type { ImageShape } from '@mien/core/nn';
import { GraphImporter } from '../import/graph-importer.js';

import { isConstant, type Operand } from '../import/operator-inputs.js';
import { saturated } from '../import/quantization.js';
import { viewOf } from '../import/view.js';
import type { ImportedModel } from '../imported-model.js';
import { parseOwnMetadata } from '../own-metadata.js';
import { decodeTensor, quantizedTypeOf } from './decode-tensor.js';
import { OperatorCall, type FramedPicture } from './operator-call.js';
import { OPERATORS } from './operators.js';
import {
  OPERATOR_CODES,
  parseTfliteModel,
  TENSOR_TYPES,
  type TfliteModel,
  type TfliteOperator,
  type TfliteTensor,
} from './tflite-model.js';

const MAX_OUTPUTS = 256;

/** Operators that put out what they take in, so that its range is kept already. */
const KEEP_RANGE: ReadonlySet<string> = new Set([
  'RESHAPE',
  'SQUEEZE',
  'EXPAND_DIMS',
  'TRANSPOSE',
  'MAX_POOL_2D',
  'AVERAGE_POOL_2D',
  'MEAN',
  'PAD',
  'DEQUANTIZE',
]);

export interface ParseTfliteOptions {
  /** Order of the axes of its input. Default: as the file tells. */
  readonly inputLayout?: InputLayout;
}

/**
 * Reads a TFLite file.
 *
 * The input is one picture `[1, height, width, channels]`. Outputs keep their names, and their shapes without the
 * batch; they come in the file's order.
 *
 * @param source what error messages name, such as the file
 * @throws MienError `MODEL_INVALID` when the file is damaged, `UNSUPPORTED` for an operator or a type of number
 *   that we lack (it is named)
 *
 * @example
 * const { graph, weights } = parseTflite(await readFile('face_detection_short_range.tflite'), 'short range');
 * graph.inputShape; // [128, 128, 3]
 */
export function parseTflite(
  bytes: Uint8Array,
  source: string,
  { inputLayout }: ParseTfliteOptions = {},
): ImportedModel {
  const model = parseTfliteModel(bytes, source);
  const importer = new GraphImporter({ source, fileSizeBytes: bytes.length, pictureAxes: [1, 2, 3] });
  const operands = new Map<number, Operand>();
  const frames = new Map<number, FramedPicture>();
  const tensorAt = (index: number) => {
    const tensor = model.tensors[index];
    if (tensor === undefined) throw importer.invalid(`takes tensor ${index}, of ${model.tensors.length}`);
    return tensor;
  };
  const operandAt = (index: number) => {
    const known = operands.get(index);
    if (known !== undefined) return known;
    if (frames.has(index))
      throw importer.unsupported('takes a picture with lowest numbers around it; only maxima can');
    const tensor = tensorAt(index);
    if (tensor.data === undefined) {
      throw importer.invalid(`takes "${tensor.name}", which nothing before it puts out`);
    }
    const constant = decodeTensor(tensor, tensor.data, importer);
    operands.set(index, constant);
    return constant;
  };

  const entry = inputOf(model, source);
  const { name, dims } = tensorAt(entry);
  importer.name = name;
  const axes = isChannelsLast(model, entry, inputLayout) ? [1, 2, 3] : [2, 3, 1];
  const shape = axes.map((axis) => dims[axis]) as unknown as ImageShape;
  operands.set(entry, importer.input(shape, viewOf(dims, axes)));
  const taken = new Set(model.operators.flatMap(({ inputs }) => inputs));

  for (const operator of model.operators) {
    const [output = -1, ...further] = operator.outputs;
    const result = tensorAt(output);
    const kind = nameOf(operator);
    importer.operator = `operator ${kind} "${result.name}"`;
    importer.name = result.name;
    const framed = kind === 'MAX_POOL_2D' ? frames.get(operator.inputs[0] ?? -1) : undefined;
    const inputs = operator.inputs.map((index) =>
      index === -1 ? undefined : (framed?.picture ?? operandAt(index)),
    );
    const read = Object.hasOwn(OPERATORS, kind) ? OPERATORS[kind] : undefined;
    if (read === undefined || further.length > 0) throw importer.unsupported('this operator cannot be read');
    const value = read(
      new OperatorCall(importer, inputs, operator.options, result.dims, {
        isLast: !taken.has(output),
        frame: framed?.frame,
      }),
    );
    const integers = quantizedTypeOf(result);
    if ('frame' in value) frames.set(output, value);
    else if (integers === undefined || isConstant(value) || KEEP_RANGE.has(kind)) operands.set(output, value);
    else operands.set(output, saturated(importer, value, integers.quantization, integers.range));
  }

  importer.operator = 'the outputs';
  if (model.outputs.length > MAX_OUTPUTS)
    throw importer.invalid(`${model.outputs.length} of them are too many`);
  const outputs = model.outputs.map((index) => {
    const value = operandAt(index);
    if (isConstant(value))
      throw importer.unsupported(`${tensorAt(index).name} does not depend on the picture`);
    return { name: tensorAt(index).name, value };
  });
  const { graph, weights } = importer.build(model.name === '' ? source : model.name, outputs);
  const { metadata, ...own } = parseOwnMetadata(model.metadata);
  const known = { ...rangeOfIntegers(tensorAt(entry)), ...own };
  const described = model.description === '' ? {} : { description: model.description };
  return { graph, weights, ...known, metadata: { ...described, ...metadata }, furtherTensors: new Map() };
}

function inputOf({ inputs, tensors }: TfliteModel, source: string): number {
  const [index, ...others] = inputs;
  const tensor = tensors[index ?? -1];
  if (index === undefined || tensor === undefined) {
    throw new MienError('MODEL_INVALID', `${source}: the network has no input`);
  }
  const where = `${source}: input "${tensor.name}"`;
  if (others.length > 0)
    throw new MienError('UNSUPPORTED', `${where} is one of ${inputs.length}; only one can be read`);
  if (tensor.type !== TENSOR_TYPES.float32 && quantizedTypeOf(tensor) === undefined) {
    throw new MienError(
      'UNSUPPORTED',
      `${where} is of type ${tensor.type}; float32 and integers with a scale can be read`,
    );
  }
  const shown = `[${tensor.dims.join(', ')}]`;
  if (tensor.dims.length !== 4 || tensor.dims[0] !== 1 || tensor.dims.some((side) => side < 1)) {
    throw new MienError('UNSUPPORTED', `${where}: ${shown}; only one picture of a given size can be read`);
  }
  return index;
}

/** Files that were made from PyTorch's networks take channels first, and begin by transposing. */
function isChannelsLast(
  { operators, tensors }: TfliteModel,
  entry: number,
  stated: InputLayout | undefined,
): boolean {
  if (stated !== undefined) return stated === 'NHWC';
  const first = operators.find(({ inputs }) => inputs[0] === entry);
  if (first === undefined || OPERATOR_CODES[first.code] !== 'TRANSPOSE') return true;
  const { data } = tensors[first.inputs[1] ?? -1] ?? {};
  return data === undefined || Array.from(data).join() !== TO_CHANNELS_LAST;
}

/** (0, 2, 3, 1) as four int32. */
const TO_CHANNELS_LAST = '0,0,0,0,2,0,0,0,3,0,0,0,1,0,0,0';

/**
 * A network of integers takes a picture's bytes as they are (less 128 if they are signed), so that its scale says what
 * 0 and 255 are. Rounded where the scale was.
 */
function rangeOfIntegers(tensor: TfliteTensor): { inputRange?: readonly [number, number] } {
  const integers = quantizedTypeOf(tensor);
  const [step] = Array.from(integers?.quantization.scale ?? []);
  if (integers === undefined || step === undefined || !(step > 0)) return {};
  const { lowest, highest } = integers.range;
  if (highest - lowest !== 255) return {};
  const zero = integers.quantization.zeroPoint[0] ?? 0;
  const tidy = (value: number): number => Number(value.toPrecision(5)) + 0;
  return { inputRange: [tidy((lowest - zero) * step), tidy((highest - zero) * step)] };
}

function nameOf({ code, customName }: TfliteOperator): string {
  const name = OPERATOR_CODES[code] ?? `number ${code}`;
  return name === 'CUSTOM' ? `CUSTOM ${customName}` : name;
}
