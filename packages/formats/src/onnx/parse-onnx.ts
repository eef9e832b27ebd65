/**
 * Reads an ONNX network into one of ours.
 *
 * Operators are taken in the file's order. Those whose inputs are all known are worked out on the spot; the
 * others become layers. Channels-first pictures become channels-last ones: kernels are transposed here, and
 * reshapes and transposes are followed instead of carried out (`import/view.ts`).
 */
import { MienError, type InputLayout } from '@mien/core';
import type { ImageShape } from '@mien/core/nn';
import { GraphImporter } from '../import/graph-importer.js';
import type { Value } from '../import/value.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import { viewOf } from '../import/view.js';
import type { ImportedModel } from '../imported-model.js';
import { parseOwnMetadata } from '../own-metadata.js';
import { decodeTensor } from './decode-tensor.js';
import { foldConstants } from './fold-constants.js';
import { parseOnnxModel, type OnnxGraph, type OnnxModel, type OnnxNode } from './onnx-model.js';
import { OperatorCall } from './operator-call.js';
import { operatorsOf } from './operators.js';
import { DYNAMIC_SCALE } from './quantization.js';
import { findPictureInput, type PictureInput } from './picture-input.js';

export interface ParseOnnxOptions {
  /** Of the pictures, for a file that leaves it open. */
  readonly inputSize?: { readonly width: number; readonly height: number };
  /** Order of the axes of its input. Default: as the file tells. */
  readonly inputLayout?: InputLayout;
  /** Files beside the model's that hold weights, by the names that `listExternalData` gives. */
  readonly externalData?: ReadonlyMap<string, Uint8Array>;
}

const MIN_OPSET = 7;
const MAX_SIDE = 8192;
const MAX_OUTPUTS = 256;

/**
 * Reads an ONNX file.
 *
 * The input is one picture, of channels first as PyTorch exports it or channels last as TensorFlow does; in our
 * graph it is `[height, width, channels]`. Outputs keep their names, and their shapes without the batch; those
 * that are pictures have their channels last.
 *
 * @param source what error messages name, such as the file
 * @throws MienError `MODEL_INVALID` when the file is damaged, `UNSUPPORTED` for an operator that we lack (it is
 *   named) and for a file that leaves the picture's size open while `inputSize` says nothing
 *
 * @example
 * const { graph, weights } = parseOnnx(await readFile('yunet.onnx'), 'yunet.onnx', {
 *   inputSize: { width: 640, height: 480 },
 * });
 */
export function parseOnnx(bytes: Uint8Array, source: string, options: ParseOnnxOptions = {}): ImportedModel {
  const model = parseOnnxModel(bytes, source);
  if (model.opset < MIN_OPSET) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: operator set ${model.opset}; ${MIN_OPSET} or newer can be read`,
    );
  }
  const { externalData = new Map<string, Uint8Array>() } = options;
  const fileSizeBytes = [...externalData.values()].reduce((sum, file) => sum + file.length, bytes.length);
  const importer = new GraphImporter({ source, fileSizeBytes, pictureAxes: [2, 3, 1] });
  const values = new OperandTable(model.graph, importer, externalData);
  const input = findPictureInput(model.graph, source, options.inputLayout);
  importer.name = input.name;
  values.set(input.name, readInput(input, importer, options, source));
  const taken = new Set(model.graph.nodes.flatMap(({ inputs }) => inputs));
  for (const node of model.graph.nodes) readNode(node, model, importer, values, taken);

  if (model.graph.outputs.length > MAX_OUTPUTS) {
    throw new MienError('MODEL_INVALID', `${source}: more than ${MAX_OUTPUTS} outputs`);
  }
  importer.operator = 'the outputs';
  const outputs = model.graph.outputs.map(({ name }) => {
    const value = values.get(name);
    if (isConstant(value)) throw importer.unsupported(`${name} does not depend on the picture`);
    return { name, value };
  });
  const { graph, weights } = importer.build(model.graph.name === '' ? source : model.graph.name, outputs);
  return { graph, weights, ...parseOwnMetadata(model.metadata), furtherTensors: new Map() };
}

/** Everything that operators have put out so far, by name, with the weights that are stored. */
class OperandTable {
  readonly #known = new Map<string, Operand>();
  /** Further outputs of operators, of which only the first is read. */
  readonly #unread = new Map<string, string>();

  constructor(
    readonly graph: OnnxGraph,
    readonly importer: GraphImporter,
    readonly externalData: ReadonlyMap<string, Uint8Array>,
  ) {}

  get(name: string): Operand {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const tensor = this.graph.initializers.get(name);
    if (tensor === undefined) {
      const unread = this.#unread.get(name);
      if (unread !== undefined)
        throw this.importer.unsupported(`takes "${name}", a further output of ${unread}`);
      throw this.importer.invalid(`takes "${name}", which nothing before it puts out`);
    }
    const constant = decodeTensor(tensor, this.importer.operator, this.externalData);
    this.#known.set(name, constant);
    return constant;
  }

  set(name: string, operand: Operand): void {
    this.#known.set(name, operand);
  }

  setUnread(name: string, operator: string): void {
    this.#unread.set(name, operator);
  }
}

function readNode(
  node: OnnxNode,
  { opset }: OnnxModel,
  importer: GraphImporter,
  values: OperandTable,
  taken: ReadonlySet<string>,
): void {
  const [output = '', ...further] = node.outputs;
  importer.operator = `operator ${node.op} "${node.name === '' ? output : node.name}"`;
  importer.name = node.name === '' ? output : node.name;
  const operators = operatorsOf(node.domain);
  if (operators === undefined) {
    throw importer.unsupported(`is none of ONNX's own but of ${node.domain}, and cannot be read`);
  }
  const inputs = node.inputs.map((name) => (name === '' ? undefined : values.get(name)));
  const call = new OperatorCall(node, opset, importer, inputs, !taken.has(output));
  const operator = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
  const isKnown = inputs.every((input) => input === undefined || isConstant(input));
  const result = (isKnown ? foldConstants(call) : undefined) ?? operator?.(call);
  if (result === undefined) throw importer.unsupported('this operator cannot be read');
  values.set(output, result);
  further.forEach((name, index) => {
    const known = node.op === 'DynamicQuantizeLinear' ? DYNAMIC_SCALE[index] : undefined;
    if (known !== undefined) values.set(name, known);
    else if (name !== '') values.setUnread(name, importer.operator);
  });
}

function readInput(
  { name, dims: stated, axes, shape }: PictureInput,
  importer: GraphImporter,
  { inputSize }: ParseOnnxOptions,
  source: string,
): Value {
  const unsupported = (problem: string) =>
    new MienError('UNSUPPORTED', `${source}: input "${name}": ${problem}`);
  const shown = `[${stated.join(', ')}]`;
  let [height, width] = shape;
  const [, , channels] = shape;
  if (inputSize !== undefined) {
    for (const [side, wanted] of [
      [height, inputSize.height],
      [width, inputSize.width],
    ] as const) {
      if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_SIDE) {
        throw new MienError('USAGE', `${source}: an inputSize of ${inputSize.width}×${inputSize.height}`);
      }
      if (side !== 0 && side !== wanted) {
        throw new MienError(
          'USAGE',
          `${source}: takes pictures of ${shown}, not of ${inputSize.width}×${inputSize.height}`,
        );
      }
    }
    ({ height, width } = inputSize);
  }
  if (channels === 0) throw unsupported(`${shown} leaves the number of channels open`);
  if (height === 0 || width === 0) {
    throw unsupported(`${shown} leaves the size of pictures open; say which, as inputSize {width, height}`);
  }
  const picture: ImageShape = [height, width, channels];
  const dims = [1, 1, 1, 1];
  axes.forEach((axis, index) => (dims[axis] = picture[index] ?? 1));
  return importer.input(picture, viewOf(dims, axes));
}
