/**
 * Reads a TFLite network into one of ours.
 *
 * Numbers are float32 or float16; a float16 weight comes with a DEQUANTIZE of its own, which is worked out here.
 * Networks of integers (quantised) are another kind of arithmetic and are refused.
 */
import { halvesToFloat32, MienError } from '@mien/core';
import type { ImageShape } from '@mien/core/nn';
import type { Constant } from '../import/constant.js';
import { GraphImporter } from '../import/graph-importer.js';

import { isConstant, type Operand } from '../import/operator-inputs.js';
import { viewOf } from '../import/view.js';
import type { ImportedModel } from '../imported-model.js';
import { parseOwnMetadata } from '../own-metadata.js';
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
export function parseTflite(bytes: Uint8Array, source: string): ImportedModel {
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
  operands.set(entry, importer.input(dims.slice(1) as unknown as ImageShape, viewOf(dims, [1, 2, 3])));

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
    const value = read(new OperatorCall(importer, inputs, operator.options, result.dims, framed?.frame));
    if ('frame' in value) frames.set(output, value);
    else operands.set(output, value);
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
  const { metadata, ...known } = parseOwnMetadata(model.metadata);
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
  if (tensor.type !== TENSOR_TYPES.float32) {
    throw new MienError(
      'UNSUPPORTED',
      `${where} is of type ${tensor.type}; only networks of float32 can be read`,
    );
  }
  const shown = `[${tensor.dims.join(', ')}]`;
  if (tensor.dims.length !== 4 || tensor.dims[0] !== 1 || tensor.dims.some((side) => side < 1)) {
    throw new MienError('UNSUPPORTED', `${where}: ${shown}; only one picture of a given size can be read`);
  }
  return index;
}

function nameOf({ code, customName }: TfliteOperator): string {
  const name = OPERATOR_CODES[code] ?? `number ${code}`;
  return name === 'CUSTOM' ? `CUSTOM ${customName}` : name;
}

function decodeTensor(
  { name, dims, type, isSparse }: TfliteTensor,
  data: Uint8Array,
  importer: GraphImporter,
): Constant {
  if (isSparse) throw importer.unsupported(`tensor "${name}" is sparse; convert it to a dense one`);
  const bytesEach = {
    [TENSOR_TYPES.float32]: 4,
    [TENSOR_TYPES.float16]: 2,
    [TENSOR_TYPES.int32]: 4,
    [TENSOR_TYPES.int64]: 8,
  };
  const size = bytesEach[type as keyof typeof bytesEach] as number | undefined;
  if (size === undefined) {
    throw importer.unsupported(
      `tensor "${name}" is of type ${type}; only float32, float16 and shapes can be read`,
    );
  }
  const count = dims.reduce((product, side) => product * side, 1);
  if (count * size !== data.length || dims.some((side) => side < 0)) {
    throw importer.invalid(`tensor "${name}": [${dims.join(', ')}] does not take ${data.length} bytes`);
  }
  // A copy is at a multiple of eight bytes, which typed arrays ask for.
  const { buffer } = new Uint8Array(data);
  switch (type) {
    case TENSOR_TYPES.float32:
      return { dims, values: new Float32Array(buffer), isInteger: false };
    case TENSOR_TYPES.float16:
      return { dims, values: halvesToFloat32(new Uint16Array(buffer)), isInteger: false };
    case TENSOR_TYPES.int32:
      return { dims, values: Float64Array.from(new Int32Array(buffer)), isInteger: true };
    default:
      return { dims, values: Float64Array.from(new BigInt64Array(buffer), Number), isInteger: true };
  }
}
