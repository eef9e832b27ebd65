/** Checks a value that nothing is known about against a schema; what is wrong becomes one line. */
import { MienError, type ErrorCode } from '@mien/core';
import type { z } from 'zod';
import { nearest } from './nearest.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * @param source whom the message names: a file, or the command
 * @throws MienError `code`: `<source>: <path> must be <what is expected>, got <what came>`
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, source: string, code: ErrorCode): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // A misspelt name is also a missing one; the first complaint shall be about what stands there.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  throw new MienError(
    code,
    `${source}: ${issue === undefined ? 'is not valid' : explain(issue, schema, value)}`,
  );
}

function explain(outer: Issue, schema: z.ZodType, value: unknown): string {
  const { issue, path } = innermost(outer, []);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const known = nearest(unknown, keysAt(schema, path));
    const hint = known === undefined ? '' : `; the nearest one is ${toText([...path, known])}`;
    return `${toText([...path, unknown])} is not known${hint}`;
  }
  const expected = issue.message;
  const kind = issue.code === 'invalid_union' ? issue.discriminator : undefined;
  const found = path.reduce<unknown>(
    (record, key) => (isObject(record) && Object.hasOwn(record, key) ? record[key] : undefined),
    value,
  );
  const came = kind !== undefined && isObject(found) ? `the ${kind} ${show(found[kind])}` : show(found);
  return path.length === 0 ? `expected ${expected}, got ${came}` : `${toText(path)} must be ${expected}, got ${came}`; // prettier-ignore
}

/**
 * Where a value may have several forms and fits none, the complaint about the form that it came closest to: the one
 * whose names it has. Without such a form, the complaint about all of them.
 */
function innermost(issue: Issue, prefix: Path): { issue: Issue; path: Path } {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return { issue, path };
  const candidates = issue.errors.filter((issues) =>
    issues.every(({ code, path: inner }) => code !== 'unrecognized_keys' && inner.length > 0),
  );
  const [closest] = candidates[0] ?? [];
  return candidates.length === 1 && closest !== undefined
    ? innermost(closest, path)
    : { issue, path: issue.discriminator === undefined ? path : path.slice(0, -1) };
}

/** The names that a record at a path may have, whatever form it takes. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const { def } = (schema as z.ZodType)._zod;
  switch (def.type) {
    case 'object': {
      const { shape } = def as z.core.$ZodObjectDef;
      const [key, ...rest] = path;
      if (key === undefined) return Object.keys(shape);
      const inner = shape[String(key)];
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    case 'array':
      return path.length === 0 ? [] : keysAt((def as z.core.$ZodArrayDef).element, path.slice(1));
    case 'union':
      return (def as z.core.$ZodUnionDef).options.flatMap((option) => keysAt(option, path));
    case 'optional':
    case 'nullable':
    case 'default':
      return keysAt((def as z.core.$ZodOptionalDef).innerType, path);
    default:
      return [];
  }
}

/** `progress.history[2].epoch` */
function toText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return 'a record';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null;
}
