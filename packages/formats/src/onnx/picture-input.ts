/** The one input of an ONNX file that is a picture, and how its axes lie. */
import { MienError, type InputLayout } from '@mien/core';
import type { OnnxGraph, OnnxValueInfo } from './onnx-model.js';

export interface PictureInput {
  readonly name: string;
  /** As the file states them, the batch first; a name or a number below 1 where the file leaves a side open. */
  readonly dims: readonly (number | string)[];
  /** Places of height, width and channels among the dims: `[2, 3, 1]` for channels first. */
  readonly axes: readonly [height: number, width: number, channels: number];
  /** Zeros where the file leaves them open. */
  readonly shape: readonly [height: number, width: number, channels: number];
}

/**
 * @param layout as a person states it; default: as the file tells
 * @throws MienError `UNSUPPORTED` when the network takes something else than one picture
 */
export function findPictureInput(graph: OnnxGraph, source: string, layout?: InputLayout): PictureInput {
  const { name, dims } = findInput(graph, source);
  const unsupported = (problem: string) =>
    new MienError('UNSUPPORTED', `${source}: input "${name}": ${problem}`);
  if (dims === undefined) throw unsupported('the file does not say its shape');
  const shown = `[${dims.join(', ')}]`;
  const [batch, ...sides] = dims;
  if (sides.length !== 3) throw unsupported(`${shown}; only pictures, four dims with the batch, can be read`);
  if (typeof batch === 'number' && batch > 1) {
    throw unsupported(`${shown} is a batch of ${batch}; export the model for one picture or an open batch`);
  }
  const isLast = layout === undefined ? isChannelsLast(sides, name, graph) : layout === 'NHWC';
  const axes = isLast ? ([1, 2, 3] as const) : ([2, 3, 1] as const);
  const sideAt = (axis: number): number => {
    const side = dims[axis];
    return typeof side === 'number' && side > 0 ? side : 0;
  };
  return { name, dims, axes, shape: [sideAt(axes[0]), sideAt(axes[1]), sideAt(axes[2])] };
}

function findInput(graph: OnnxGraph, source: string): OnnxValueInfo {
  // Older files list the weights among the inputs.
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input] = inputs;
  if (input === undefined) throw new MienError('MODEL_INVALID', `${source}: the network has no input`);
  if (inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new MienError(
      'UNSUPPORTED',
      `${source}: takes ${inputs.length} inputs (${names}); only one can be read`,
    );
  }
  return input;
}

/** PyTorch's exports have channels first. TensorFlow's have them last, and begin by transposing. */
function isChannelsLast(sides: readonly (number | string)[], name: string, { nodes }: OnnxGraph): boolean {
  const transposes = nodes.some(
    ({ op, inputs, attributes }) =>
      op === 'Transpose' && inputs[0] === name && attributes.get('perm')?.integers.join() === '0,3,1,2',
  );
  const [first, , last] = sides;
  const isPixels = last === 1 || last === 3 || last === 4;
  return transposes || (isPixels && (typeof first === 'string' || (first ?? 0) > 4));
}
