/**
 * Parses FER2013 in its published forms, plain or gzipped: a CSV of `emotion,pixels,Usage`, or Kaggle's train.csv of
 * `emotion,pixels`, whose rows are all of Training. An emotion is a number or a word.
 *
 * Mental model: chunks of bytes are split into lines and each line into fields, without creating strings for the pixels;
 * each row adds 2,304 bytes and a label. 270 MB of text become 74 MB of pixels, with at most one chunk of the text in
 * memory. An invalid row rejects the whole file: scores on a dataset that silently lost rows are not comparable.
 *
 * Bytes are scanned instead of strings for speed: for the real file, gzipped, csv-parse 7 took 12.2 s and this takes
 * 2.8 s in Node, most of it gunzip.
 *
 * Ref: Goodfellow et al. 2013, "Challenges in Representation Learning", for the collection.
 */
import { FER2013_LABELS, MienError } from '@mien/core';
import type { OnProgress } from '../progress.js';
import type { Dataset } from './dataset.js';
import { toOurName } from './label-map.js';
import { quote } from './quote.js';

/** Its splits, as named in its `Usage` column. */
export const FER2013_SPLITS = ['Training', 'PublicTest', 'PrivateTest'] as const;

/** Width and height of its pictures. */
export const FER2013_SIDE = 48;

/** What to do about a file that is not FER2013. */
export const FER2013_ADVICE = "give the path of FER2013's CSV, plain or .gz";
const PIXELS = FER2013_SIDE * FER2013_SIDE;
const COLUMNS = ['emotion', 'pixels', 'Usage'] as const;
const REQUIRED = ['emotion', 'pixels'] as const;
/** A row of 2,304 three-digit numbers and spaces needs 9,216 bytes. */
const MAX_LINE_BYTES = 65_536;
/** About 0.9 GB of pixels, eleven times FER2013. */
const MAX_ROWS = 400_000;
/** Rows are collected in blocks of 2.3 MB, which are joined at the end. */
const BLOCK_ROWS = 1024;
/** Read from a blob at a time. */
const CHUNK_BYTES = 262_144;

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, QUOTE, COMMA, ZERO, NINE] = [9, 10, 13, 32, 34, 44, 48, 57];

/** Takes the CSV in chunks of any size, in their order. */
export interface Fer2013Parser {
  /** Complete rows so far. */
  readonly rows: number;
  /** @throws MienError `INPUT_INVALID` naming the first bad row, `INPUT_TOO_LARGE` above 400,000 rows */
  push(chunk: Uint8Array): void;
  /** @throws MienError `INPUT_INVALID`, also when there were no rows */
  end(): Dataset;
}

/**
 * Creates a parser of the CSV's bytes, unpacked.
 *
 * @param source where the bytes are from, for messages
 */
export function createFer2013Parser(source: string): Fer2013Parser {
  const rows = new RowCollector(source);
  const lines = new LineScanner(source, (line, number) => {
    rows.take(line, number);
  });
  return {
    get rows() {
      return rows.count;
    },
    push(chunk) {
      lines.push(chunk);
    },
    end() {
      lines.end();
      return rows.toDataset();
    },
  };
}

/** Whether bytes start a gzip file, whatever its name says. Ref: RFC 1952. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error of a gzipped CSV that cannot be unpacked. */
export function toDamagedGzip(source: string, rows: number, cause: unknown): MienError {
  return new MienError(
    'INPUT_INVALID',
    `${source}: the gzip data is damaged or cut off after row ${rows}; get the file again`,
    { cause },
  );
}

/**
 * Parses the CSV, plain or gzipped, from a file that was chosen in a page, or any other blob.
 *
 * @param source the file's name, for messages
 * @param onProgress receives the rows so far and an estimate of their number
 * @throws MienError as {@link Fer2013Parser}
 *
 * @example
 * const dataset = await parseFer2013Blob(input.files[0], input.files[0].name);
 */
export async function parseFer2013Blob(
  blob: Blob,
  source: string,
  onProgress?: OnProgress,
): Promise<Dataset> {
  const parser = createFer2013Parser(source);
  const isPacked = isGzip(new Uint8Array(await blob.slice(0, 2).arrayBuffer()));
  let bytesRead = 0;
  const chunks = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = await blob.slice(bytesRead, bytesRead + CHUNK_BYTES).arrayBuffer();
      bytesRead += chunk.byteLength;
      if (chunk.byteLength === 0) controller.close();
      else controller.enqueue(new Uint8Array(chunk));
    },
  });
  const reader = (isPacked ? chunks.pipeThrough(new DecompressionStream('gzip')) : chunks).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.push(value);
      onProgress?.({ done: parser.rows, total: Math.round(parser.rows / (bytesRead / blob.size)) });
    }
  } catch (cause) {
    await reader.cancel(cause).catch(() => undefined);
    if (cause instanceof MienError) throw cause;
    if (isPacked) throw toDamagedGzip(source, parser.rows, cause);
    throw new MienError('INPUT_UNREADABLE', `${source}: could not be read (${String(cause)}); ${FER2013_ADVICE}`, { cause }); // prettier-ignore
  }
  return parser.end();
}

/** Splits chunks of bytes into lines. Lines within a chunk are views of it; lines across chunks are copied. */
class LineScanner {
  #pending: Uint8Array = new Uint8Array(0);
  #number = 0;

  constructor(
    readonly path: string,
    readonly onLine: (line: Uint8Array, number: number) => void,
  ) {}

  push(chunk: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      this.#emit(this.#join(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#pending = this.#join(chunk.slice(start));
    if (this.#pending.length > MAX_LINE_BYTES) {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: line ${this.#number + 1} is longer than ${MAX_LINE_BYTES} bytes; expected FER2013's CSV with one picture a line`,
      );
    }
  }

  end(): void {
    if (this.#pending.length > 0) this.#emit(this.#pending);
  }

  #join(tail: Uint8Array): Uint8Array {
    const head = this.#pending;
    if (head.length === 0) return tail;
    this.#pending = new Uint8Array(0);
    const joined = new Uint8Array(head.length + tail.length);
    joined.set(head);
    joined.set(tail, head.length);
    return joined;
  }

  #emit(line: Uint8Array): void {
    this.#number++;
    const end = line[line.length - 1] === CARRIAGE_RETURN ? line.length - 1 : line.length;
    this.onLine(line.subarray(0, end), this.#number);
  }
}

/** Column numbers by the header; `total` is the number of fields in each line. */
interface Columns {
  readonly emotion: number;
  readonly pixels: number;
  /** −1 where there is none. */
  readonly usage: number;
  readonly total: number;
}

/** Collects pixels, labels and splits: the first line names the columns, every other line is a picture. */
class RowCollector {
  count = 0;
  #columns: Columns | undefined;
  readonly #blocks: Uint8Array[] = [];
  readonly #labels: number[] = [];
  readonly #splits: number[] = [];

  constructor(readonly path: string) {}

  take(line: Uint8Array, number: number): void {
    if (line.length === 0) return;
    const fields = toFields(line);
    if (this.#columns === undefined) {
      this.#columns = this.#readHeader(fields);
      return;
    }
    const columns = this.#columns;
    const fail = (problem: string): never => {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: row ${this.count + 1} (line ${number}): ${problem}; correct or remove the row`,
      );
    };
    const [emotion, pixels, usage] = [fields[columns.emotion], fields[columns.pixels], fields[columns.usage]];
    if (fields.length !== columns.total || emotion === undefined || pixels === undefined) {
      return fail(`expected ${columns.total} columns, got ${fields.length}`);
    }
    if (this.count === MAX_ROWS) {
      throw new MienError('INPUT_TOO_LARGE', `${this.path}: more than ${MAX_ROWS} rows; split the file`);
    }

    const labelText = toText(emotion);
    const label = toLabel(labelText);
    if (label < 0 || label >= FER2013_LABELS.length) {
      fail(
        `emotion must be a whole number from 0 to ${FER2013_LABELS.length - 1}, or one of ${FER2013_LABELS.join(', ')}, got ${quote(labelText)}`,
      );
    }
    const usageText = usage === undefined ? FER2013_SPLITS[0] : toText(usage);
    const split = FER2013_SPLITS.findIndex((name) => name === usageText);
    if (split === -1) fail(`Usage must be one of ${FER2013_SPLITS.join(', ')}, got ${quote(usageText)}`);
    readPixels(pixels, this.#nextImage(), fail);

    this.#labels.push(label);
    this.#splits.push(split);
    this.count++;
  }

  toDataset(): Dataset {
    if (this.#columns === undefined) {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: the file is empty; expected FER2013's CSV (${COLUMNS.join(',')})`,
      );
    }
    if (this.count === 0) {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: the file has a header and no rows; expected one picture a line`,
      );
    }
    const images = new Uint8Array(this.count * PIXELS);
    for (
      let row = 0, block = this.#blocks.shift();
      block !== undefined;
      row += BLOCK_ROWS, block = this.#blocks.shift()
    ) {
      images.set(block.subarray(0, Math.min(BLOCK_ROWS, this.count - row) * PIXELS), row * PIXELS);
    }
    return {
      count: this.count,
      width: FER2013_SIDE,
      height: FER2013_SIDE,
      images,
      labels: Uint8Array.from(this.#labels),
      labelNames: FER2013_LABELS,
      splits: Uint8Array.from(this.#splits),
      splitNames: FER2013_SPLITS,
    };
  }

  #readHeader(fields: readonly Uint8Array[]): Columns {
    const names = fields.map(toText);
    const [first] = names;
    if (first !== undefined) names[0] = first.replace(/^\uFEFF/, '');
    if (/(?!\t)\p{Cc}|\uFFFD/u.test(names.join(''))) {
      throw new MienError('INPUT_INVALID', `${this.path}: is not text; ${FER2013_ADVICE}`);
    }
    const placeOf = (column: string): number =>
      names.findIndex((name) => name.toLowerCase() === column.toLowerCase());
    const missing = REQUIRED.filter((name) => placeOf(name) === -1);
    if (missing.length > 0) {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: the first line must name the columns ${COLUMNS.join(',')}; ${missing.join(' and ')} not found in ${quote(names.join(','))}`,
      );
    }
    return {
      emotion: placeOf('emotion'),
      pixels: placeOf('pixels'),
      usage: placeOf('Usage'),
      total: names.length,
    };
  }

  #nextImage(): Uint8Array {
    const index = this.count % BLOCK_ROWS;
    let block = this.#blocks[Math.floor(this.count / BLOCK_ROWS)];
    if (block === undefined) {
      block = new Uint8Array(BLOCK_ROWS * PIXELS);
      this.#blocks.push(block);
    }
    return block.subarray(index * PIXELS, (index + 1) * PIXELS);
  }
}

/** Position among the labels, by number or by name; −1 for neither. */
function toLabel(text: string): number {
  if (/^\d$/.test(text)) return Number(text);
  const name = toOurName(text);
  return FER2013_LABELS.findIndex((label) => label === name);
}

/** Splits a line at its commas; strips whitespace and one pair of quotes from each field. */
function toFields(line: Uint8Array): Uint8Array[] {
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
function readPixels(field: Uint8Array, image: Uint8Array, fail: (problem: string) => never): void {
  let count = 0;
  let value = -1;
  const store = (): void => {
    if (value === -1) return;
    // Extra pixels are only counted.
    if (count < PIXELS) image[count] = value;
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
  if (count !== PIXELS) {
    fail(`expected ${PIXELS} pixels (${FER2013_SIDE}×${FER2013_SIDE}), got ${count}`);
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
const toText = (bytes: Uint8Array): string => decoder.decode(bytes);
