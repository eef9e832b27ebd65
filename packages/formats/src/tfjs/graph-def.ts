/** TensorFlow's GraphDef as TensorFlow.js writes it: JSON, with texts in base64 and numbers that may be texts. */
import { isRecord, MienError } from '@mien/core';
import { JsonFields, show } from '../keras/json-fields.js';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of nodes; `name:1` is a further output, `^name` an order without a value. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

const MAX_NODES = 20_000;
const MAX_INPUTS = 1000;

/** @throws MienError `MODEL_INVALID` */
export function readNodes(topology: Readonly<Record<string, unknown>>, source: string): readonly GraphNode[] {
  const list = new JsonFields(topology, source).list('node');
  if (list.length > MAX_NODES)
    throw new MienError('MODEL_INVALID', `${source}: more than ${MAX_NODES} operators`);
  return list.map((item, index) => {
    const node = new JsonFields(item, `${source}: node ${index}`);
    const inputs = node.get('input') ?? [];
    if (
      !Array.isArray(inputs) ||
      inputs.length > MAX_INPUTS ||
      !inputs.every((name) => typeof name === 'string')
    ) {
      return node.fail(['input'], 'names', inputs);
    }
    const attributes = node.get('attr') ?? {};
    return {
      name: node.text('name'),
      op: node.text('op'),
      inputs: (inputs as readonly string[]).filter((name) => !name.startsWith('^')),
      attributes: new Attributes(attributes, `${source}: ${show(node.text('name'))}`),
    };
  });
}

/** Attributes of one node. TensorFlow.js leaves out what is at its default. */
export class Attributes {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    readonly where: string,
  ) {
    this.#values = isRecord(value) ? value : {};
  }

  text(name: string, otherwise: string): string {
    const value = this.#get(name)['s'];
    return typeof value === 'string' ? fromBase64(value) : otherwise;
  }

  texts(name: string): readonly string[] {
    const list = this.#list(name)['s'];
    if (!Array.isArray(list)) return [];
    return list.flatMap((item) => (typeof item === 'string' ? [fromBase64(item)] : []));
  }

  number(name: string, otherwise: number): number {
    const { f, i } = this.#get(name);
    return toNumber(f ?? i) ?? otherwise;
  }

  numbers(name: string): readonly number[] | undefined {
    const { i, f } = this.#list(name);
    const list = i ?? f;
    return Array.isArray(list) ? list.map((item) => toNumber(item) ?? NaN) : undefined;
  }

  flag(name: string): boolean {
    return this.#get(name)['b'] === true;
  }

  /** Sides of a placeholder's shape; −1 where it is open. */
  shape(name: string): readonly number[] | undefined {
    const { shape } = this.#get(name);
    const dim = isRecord(shape) ? shape['dim'] : undefined;
    if (!Array.isArray(dim)) return undefined;
    return dim.map((side: unknown) => (isRecord(side) ? (toNumber(side['size']) ?? -1) : -1));
  }

  #get(name: string): Readonly<Record<string, unknown>> {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return isRecord(value) ? value : {};
  }

  #list(name: string): Readonly<Record<string, unknown>> {
    const { list } = this.#get(name);
    return isRecord(list) ? list : {};
  }
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return text; // Some writers leave texts as they are.
  }
}
