/**
 * TensorFlow.js' graph models: TensorFlow's own operators, in no order, with weights by the names of Const nodes.
 *
 * Shapes that are computed (Shape → StridedSlice → Pack → Reshape) are worked out while the file is read, as one picture
 * is one size.
 */
import { isRecord, MienError } from '@mien/core';
import type { ImageShape, Tensor } from '@mien/core/nn';
import { integerConstant, type Constant } from '../import/constant.js';
import { GraphImporter } from '../import/graph-importer.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import { viewOf } from '../import/view.js';
import type { ImportedModel } from '../imported-model.js';
import { show, type JsonFields } from '../keras/json-fields.js';
import { readNodes, type GraphNode } from './graph-def.js';
import { OPERATORS } from './graph-operators.js';
import { NodeCall } from './node-call.js';

const MAX_OUTPUTS = 256;

export function parseGraphModel(
  topology: Readonly<Record<string, unknown>>,
  model: JsonFields,
  stored: ReadonlyMap<string, Tensor>,
  source: string,
): ImportedModel {
  const nodes = readNodes(topology, source);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const fileSizeBytes = [...stored.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const importer = new GraphImporter({ source, fileSizeBytes, pictureAxes: [1, 2, 3] });
  const operands = new Map<string, Operand>();
  const integers = namesOfIntegers(model);
  const ordered = inTopologicalOrder(nodes, byName, source);
  const taken = new Set(nodes.flatMap(({ inputs }) => inputs.map(nodeOf)));
  const inputs: string[] = [];
  for (const node of ordered) {
    importer.operator = `operator ${node.op} ${show(node.name)}`;
    importer.name = node.name;
    if (node.op === 'Placeholder') {
      inputs.push(node.name);
      const shape = pictureOf(node, model, importer);
      operands.set(node.name, importer.input(shape, viewOf([1, ...shape], [1, 2, 3])));
      continue;
    }
    if (node.op === 'Const') {
      const tensor = stored.get(node.name);
      if (tensor === undefined)
        throw importer.invalid('is a constant whose values are not among the weights');
      operands.set(node.name, toConstant(tensor, integers.has(node.name)));
      continue;
    }
    const values = node.inputs.map((input) => {
      if (/:[1-9]\d*$/.test(input)) throw importer.unsupported(`takes ${show(input)}, a further output`);
      const value = operands.get(nodeOf(input));
      if (value === undefined) throw importer.invalid(`takes ${show(input)}, which there is not`);
      return value;
    });
    const read = Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op] : undefined;
    if (read === undefined) throw importer.unsupported('this operator cannot be read');
    operands.set(node.name, read(new NodeCall(importer, values, node.attributes, !taken.has(node.name))));
  }
  if (inputs.length !== 1) {
    throw new MienError('UNSUPPORTED', `${source}: takes ${inputs.length} inputs; one picture is supported`);
  }
  const ends = outputsOf(model, nodes, taken);
  if (ends.length === 0 || ends.length > MAX_OUTPUTS) throw importer.invalid(`has ${ends.length} outputs`);
  importer.operator = 'the outputs';
  const outputs = ends.map((name) => {
    const value = operands.get(name);
    if (value === undefined || isConstant(value))
      throw importer.invalid(`${show(name)} does not depend on the picture`);
    return { name, value };
  });
  const { graph, weights } = importer.build(source, outputs);
  return { graph, weights, metadata: {} };
}

/** `name`, `name:0` and `^name` → the node. */
function nodeOf(input: string): string {
  return input.replace(/:\d+$/, '');
}

function toConstant({ shape, data }: Tensor, isInteger: boolean): Constant {
  return isInteger ? integerConstant(shape, data) : { dims: shape, values: data, isInteger: false };
}

function namesOfIntegers(model: JsonFields): ReadonlySet<string> {
  const groups = model
    .list('weightsManifest')
    .flatMap((group) => (isRecord(group) ? [group['weights']] : []));
  return new Set(
    groups
      .flatMap((entries) => (Array.isArray(entries) ? (entries as unknown[]) : []))
      .flatMap((entry) => (isRecord(entry) && entry['dtype'] === 'int32' ? [String(entry['name'])] : [])),
  );
}

/** Height, width and channels of the input: from its node, or from the signature. */
function pictureOf({ name, attributes }: GraphNode, model: JsonFields, importer: GraphImporter): ImageShape {
  const signature = model.get('signature') ?? model.get('userDefinedMetadata');
  const inputs = isRecord(signature) ? (signature['inputs'] ?? signatureOf(signature)) : undefined;
  const stated = isRecord(inputs) ? Object.values(inputs).find((entry) => isNamed(entry, name)) : undefined;
  const tensorShape =
    isRecord(stated) && isRecord(stated['tensorShape']) ? stated['tensorShape']['dim'] : undefined;
  const fromSignature = Array.isArray(tensorShape)
    ? tensorShape.map((side: unknown) => (isRecord(side) ? Number(side['size']) : -1))
    : undefined;
  const shape = attributes.shape('shape') ?? fromSignature ?? [];
  const [, height = 0, width = 0, channels = 0] = shape;
  if (shape.length !== 4 || !(height > 0 && width > 0 && channels > 0)) {
    throw importer.unsupported(`is of [${shape.join(', ')}]; one picture of a given size, [-1, height, width, channels], can be read`); // prettier-ignore
  }
  return [height, width, channels];
}

function signatureOf(metadata: Readonly<Record<string, unknown>>): unknown {
  const { signature } = metadata;
  return isRecord(signature) ? signature['inputs'] : undefined;
}

function isNamed(entry: unknown, node: string): boolean {
  return isRecord(entry) && typeof entry['name'] === 'string' && nodeOf(entry['name']) === node;
}

/** The outputs of the signature; without one, what nothing takes. */
function outputsOf(
  model: JsonFields,
  nodes: readonly GraphNode[],
  taken: ReadonlySet<string>,
): readonly string[] {
  const signature = model.get('signature');
  const outputs = isRecord(signature) ? signature['outputs'] : undefined;
  const names = isRecord(outputs)
    ? Object.values(outputs).flatMap((entry) =>
        isRecord(entry) && typeof entry['name'] === 'string' ? [nodeOf(entry['name'])] : [],
      )
    : [];
  if (names.length > 0) return names;
  return nodes
    .filter(({ name, op }) => !taken.has(name) && op !== 'NoOp' && op !== 'Const')
    .map(({ name }) => name);
}

/** Each node after those that it takes. */
function inTopologicalOrder(
  nodes: readonly GraphNode[],
  byName: ReadonlyMap<string, GraphNode>,
  source: string,
): readonly GraphNode[] {
  const ordered: GraphNode[] = [];
  const states = new Map<string, 'open' | 'done'>();
  for (const start of nodes) {
    // A stack instead of recursion: a graph may be thousands of nodes deep.
    const stack: GraphNode[] = [start];
    const top = (): GraphNode | undefined => stack[stack.length - 1];
    for (let node = top(); node !== undefined; node = top()) {
      if (states.get(node.name) === 'done') {
        stack.pop();
        continue;
      }
      states.set(node.name, 'open');
      const waiting = node.inputs
        .map((input) => byName.get(nodeOf(input)))
        .find((input) => input !== undefined && states.get(input.name) !== 'done');
      if (waiting === undefined) {
        states.set(node.name, 'done');
        if (node.op !== 'NoOp') ordered.push(node);
        stack.pop();
      } else if (states.get(waiting.name) === 'open') {
        throw new MienError('MODEL_INVALID', `${source}: the operators take each other in a circle`);
      } else stack.push(waiting);
    }
  }
  return ordered;
}
