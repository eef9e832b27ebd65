/** Reads the fields of a record that nothing is known about; every complaint is one line naming source and field. */
import { MienError, type ErrorCode } from '@mien/core';

export class FieldReader {
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    readonly source: string,
    readonly code: ErrorCode,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MienError(code, `${source}: expected a record of named values, got ${describe(value)}`);
    }
    this.fields = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name);
  }

  text(name: string): string {
    const value = this.#get(name);
    return typeof value === 'string' ? value : this.#fail(name, 'text', value);
  }

  boolean(name: string): boolean {
    const value = this.#get(name);
    return typeof value === 'boolean' ? value : this.#fail(name, 'true or false', value);
  }

  number(name: string, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): number {
    const value = this.#get(name);
    const inside = typeof value === 'number' && value >= min && value <= max;
    return inside ? value : this.#fail(name, `a number${range(min, max)}`, value);
  }

  whole(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#get(name);
    const inside = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
    return inside ? value : this.#fail(name, `a whole number${range(min, max)}`, value);
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#get(name);
    return (
      choices.find((choice) => choice === value) ?? this.#fail(name, `one of ${choices.join(', ')}`, value)
    );
  }

  record(name: string): FieldReader {
    return new FieldReader(this.#get(name), `${this.source}: ${name}`, this.code);
  }

  optionalRecord(name: string): FieldReader | null {
    return this.#get(name) === null ? null : this.record(name);
  }

  list<T>(name: string, read: (item: unknown, index: number) => T): T[] {
    const value = this.#get(name);
    return Array.isArray(value) ? value.map(read) : this.#fail(name, 'a list', value);
  }

  #get(name: string): unknown {
    return this.has(name) ? this.fields[name] : undefined;
  }

  #fail(name: string, expected: string, value: unknown): never {
    throw new MienError(this.code, `${this.source}: ${name} must be ${expected}, got ${describe(value)}`);
  }
}

function range(min: number, max: number): string {
  if (min <= -Number.MAX_VALUE && max >= Number.MAX_VALUE) return '';
  return max >= Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
