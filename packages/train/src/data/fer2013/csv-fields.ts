/** The fields of a line as views of its bytes: no string is created for the pixels. */
import { quote } from '../quote.js';
import { FER2013_PIXELS, FER2013_SIDE } from './fer2013.js';

const [TAB, SPACE, QUOTE, COMMA, ZERO, NINE] = [9, 32, 34, 44, 48, 57];

/** Splits a line at its commas; strips whitespace and one pair of quotes from each field. */
export function toFields(line: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let start = 0;
  while (start <= line.length) {
    const comma = line.indexOf(COMMA, start);
    const end = comma === -1 ? line.length : comma;
    fields.push(trimField(line, start, end));
    start = end + 1;
  }
  return fields;
}

function trimField(line: Uint8Array, start: number, end: number): Uint8Array {
  const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;
  while (start < end && isBlank(line[start])) start++;
  while (end > start && isBlank(line[end - 1])) end--;
  if (end - start >= 2 && line[start] === QUOTE && line[end - 1] === QUOTE) {
    start++;
    end--;
  }
  return line.subarray(start, end);
}

/** Parses integers 0…255, separated by whitespace, into `image`; `fail` throws. */
export function readPixels(field: Uint8Array, image: Uint8Array, fail: (problem: string) => never): void {
  let count = 0;
  let value = -1;
  const store = (): void => {
    if (value === -1) return;
    // Extra pixels are only counted.
    if (count < FER2013_PIXELS) image[count] = value;
    count++;
    value = -1;
  };
  for (let i = 0; i < field.length; i++) {
    const byte = field[i] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      value = (value === -1 ? 0 : value * 10) + (byte - ZERO);
      if (value > 255)
        fail(`pixel ${count + 1} must be a whole number from 0 to 255, got ${quote(wordAt(field, i))}`);
    } else if (byte === SPACE || byte === TAB) {
      store();
    } else {
      fail(`pixel ${count + 1} must be a whole number from 0 to 255, got ${quote(wordAt(field, i))}`);
    }
  }
  store();
  if (count !== FER2013_PIXELS) {
    fail(`expected ${FER2013_PIXELS} pixels (${FER2013_SIDE}×${FER2013_SIDE}), got ${count}`);
  }
}

/** The word around a byte, for messages. */
function wordAt(field: Uint8Array, index: number): string {
  let start = index;
  while (start > 0 && field[start - 1] !== SPACE && field[start - 1] !== TAB) start--;
  let end = index;
  while (end < field.length && field[end] !== SPACE && field[end] !== TAB) end++;
  return toText(field.subarray(start, end));
}

const decoder = new TextDecoder();
export const toText = (bytes: Uint8Array): string => decoder.decode(bytes);
