/** Writes the nodes of a TensorFlow graph as TensorFlow.js reads them: JSON, with the values of constants beside it. */
import { elementCount, type Shape } from '@mien/core/nn';
import type { StoredWeight } from './shards.js';

/** Attributes as GraphDef's JSON has them: texts in base64, whole numbers as texts. */
export const attribute = {
  text: (value: string) => ({ s: btoa(value) }),
  texts: (values: readonly string[]) => ({ list: { s: values.map((value) => btoa(value)) } }),
  integer: (value: number) => ({ i: String(value) }),
  integers: (values: readonly number[]) => ({ list: { i: values.map(String) } }),
  flag: (value: boolean) => ({ b: value }),
  shape: (shape: Shape) => ({ shape: toTensorShape(shape) }),
  float32: { type: 'DT_FLOAT' },
  int32: { type: 'DT_INT32' },
} as const;

type Attributes = Readonly<Record<string, object>>;

export class GraphWriter {
  readonly nodes: object[] = [];
  readonly constants: StoredWeight[] = [];

  /** @returns its name, by which others take it */
  node(op: string, name: string, input: readonly string[], attr: Attributes = {}): string {
    this.nodes.push({ name, op, input, attr: { T: attribute.float32, ...attr } });
    return name;
  }

  floats(name: string, shape: Shape, data: Float32Array): string {
    return this.#constant({ name, shape, data });
  }

  integers(name: string, values: readonly number[], shape: Shape = [values.length]): string {
    return this.#constant({ name, shape, data: Int32Array.from(values) });
  }

  /** One number, of which a graph may need several alike. */
  scalar(value: number): string {
    const name = `constants/${value}`;
    return this.constants.some((known) => known.name === name)
      ? name
      : this.floats(name, [], Float32Array.of(value));
  }

  /** @param shape without the batch, which may be of any size */
  reshape(name: string, x: string, shape: Shape): string {
    const whole = this.integers(`${name}/shape`, [-1, ...shape]);
    return this.node('Reshape', name, [x, whole], { Tshape: attribute.int32 });
  }

  #constant(constant: StoredWeight): string {
    const { name, shape, data } = constant;
    if (elementCount(shape) !== data.length)
      throw new RangeError(`${name}: [${shape.join(', ')}] of ${data.length} numbers`);
    const dtype = data instanceof Float32Array ? 'DT_FLOAT' : 'DT_INT32';
    this.constants.push(constant);
    this.nodes.push({
      name,
      op: 'Const',
      attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: toTensorShape(shape) } } },
    });
    return name;
  }
}

/** @param shape with the batch; −1 is a side that is open */
export function toTensorShape(shape: Shape): object {
  return { dim: shape.map((side) => ({ size: String(side) })) };
}
