/** Parsers of single values of a manifest, whose errors name the file, the key, the expected and the actual value. */
import { MienError } from '../errors.js';
import { isRecord } from '../is-record.js';

const MAX_TEXT_LENGTH = 200;
/** Largest valid side of a network's input in pixels. */
const MAX_INPUT_SIDE = 4096;

/** Creates parsers of single values. Their errors name the manifest, the key, the expected and the actual value. */
export function createReader(source: string) {
  const error = (key: string, expected: string, value: unknown): MienError =>
    new MienError('MODEL_INVALID', `${source}: ${key} must be ${expected}, got ${show(value)}`);
  const count = (key: string, value: unknown, most: number): number => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
      throw error(key, `a whole number from 1 to ${most}`, value);
    }
    return value;
  };
  return {
    error,
    record(key: string, value: unknown): Readonly<Record<string, unknown>> {
      if (!isRecord(value)) throw error(key, 'an object', value);
      return value;
    },
    text(key: string, value: unknown): string {
      if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_TEXT_LENGTH) {
        throw error(key, `a text of 1 to ${MAX_TEXT_LENGTH} characters`, value);
      }
      return value;
    },
    number(key: string, value: unknown, low: number, high: number): number {
      if (typeof value !== 'number' || !(value >= low && value <= high)) {
        throw error(key, `a number from ${low} to ${high}`, value);
      }
      return value;
    },
    flag(key: string, value: unknown): boolean {
      if (typeof value !== 'boolean') throw error(key, 'true or false', value);
      return value;
    },
    /** A whole number from 1. */
    count,
    /** A side of a network's input, in pixels. */
    side: (key: string, value: unknown): number => count(key, value, MAX_INPUT_SIDE),
    list(key: string, value: unknown, most: number): readonly unknown[] {
      if (!Array.isArray(value) || value.length < 1 || value.length > most) {
        throw error(key, `a list of 1 to ${most}`, value);
      }
      return value;
    },
  };
}

const MAX_SHOWN = 60;

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
