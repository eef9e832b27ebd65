/**
 * Reads fields of JSON that nothing is known about. A field may have several names, the newest first: Keras renamed
 * most of its arguments between 1 and 2. Nothing here walks into values that it was not asked for, so that their depth
 * does not matter.
 */
import { isRecord, MienError, type ErrorCode } from '@mien/core';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Far above any network's description. */
const MAX_JSON_LENGTH = 32 * 2 ** 20;

/** @throws MienError `MODEL_INVALID` when the text is no JSON, or too long */
export function parseJson(text: string, where: string): unknown {
  if (text.length > MAX_JSON_LENGTH) {
    throw new MienError('MODEL_INVALID', `${where}: more than ${MAX_JSON_LENGTH} characters of JSON`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${where}: is not JSON; the file is damaged, export it again`, {
      cause,
    });
  }
}

export class JsonFields {
  readonly #record: JsonRecord;

  constructor(
    value: unknown,
    /** What messages start with: the file and the layer. */
    readonly where: string,
  ) {
    if (!isRecord(value))
      throw new MienError('MODEL_INVALID', `${where}: expected named values, got ${show(value)}`);
    this.#record = value;
  }

  /** The first of these fields that is there and not null. */
  get(...names: readonly string[]): unknown {
    const name = names.find((key) => Object.hasOwn(this.#record, key) && this.#record[key] !== null);
    return name === undefined ? undefined : this.#record[name];
  }

  text(...names: readonly string[]): string {
    const value = this.get(...names);
    return typeof value === 'string' ? value : this.fail(names, 'a text', value);
  }

  /** A text, or `fallback` where there is none. */
  optionalText(fallback: string, ...names: readonly string[]): string {
    return this.get(...names) === undefined ? fallback : this.text(...names);
  }

  number(fallback: number | undefined, ...names: readonly string[]): number {
    const value = this.get(...names) ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(names, 'a number', value);
  }

  boolean(fallback: boolean, ...names: readonly string[]): boolean {
    const value = this.get(...names) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(names, 'true or false', value);
  }

  /** Two whole numbers; one stands for both. */
  pair(
    fallback: readonly [number, number] | undefined,
    ...names: readonly string[]
  ): readonly [number, number] {
    const value = this.get(...names) ?? fallback;
    if (isWhole(value)) return [value, value];
    if (Array.isArray(value) && value.length === 2) {
      const [first, second] = value as unknown[];
      if (isWhole(first) && isWhole(second)) return [first, second];
    }
    return this.fail(names, 'one or two whole numbers', value);
  }

  list(...names: readonly string[]): readonly unknown[] {
    const value = this.get(...names);
    return Array.isArray(value) ? (value as unknown[]) : this.fail(names, 'a list', value);
  }

  fields(...names: readonly string[]): JsonFields {
    return new JsonFields(this.get(...names), `${this.where}: ${names[0] ?? ''}`);
  }

  fail(names: readonly string[], expected: string, value: unknown, code: ErrorCode = 'MODEL_INVALID'): never {
    throw new MienError(code, `${this.where}: ${names.join(' or ')} must be ${expected}, got ${show(value)}`);
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** A value in an error message; what holds other values is named only. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'named values';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
