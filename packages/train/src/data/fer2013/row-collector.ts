/** The rows of FER2013's CSV, checked and packed: each adds 2,304 bytes, a label and a split. */
import { FER2013_LABELS, MienError } from '@mien/core';
import type { Dataset } from '../dataset.js';
import { toOurName } from '../label-map.js';
import { quote } from '../quote.js';
import { readPixels, toFields, toText } from './csv-fields.js';
import { FER2013_ADVICE, FER2013_PIXELS, FER2013_SIDE, FER2013_SPLITS } from './fer2013.js';

const COLUMNS = ['emotion', 'pixels', 'Usage'] as const;
const REQUIRED = ['emotion', 'pixels'] as const;
/** About 0.9 GB of pixels, eleven times FER2013. */
const MAX_ROWS = 400_000;
/** Rows are collected in blocks of 2.3 MB, which are joined at the end. */
const BLOCK_ROWS = 1024;

/** Column numbers by the header; `total` is the number of fields in each line. */
interface Columns {
  readonly emotion: number;
  readonly pixels: number;
  /** −1 where there is none. */
  readonly usage: number;
  readonly total: number;
}

/** Collects pixels, labels and splits: the first line names the columns, every other line is a picture. */
export class RowCollector {
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
    const images = new Uint8Array(this.count * FER2013_PIXELS);
    for (
      let row = 0, block = this.#blocks.shift();
      block !== undefined;
      row += BLOCK_ROWS, block = this.#blocks.shift()
    ) {
      images.set(
        block.subarray(0, Math.min(BLOCK_ROWS, this.count - row) * FER2013_PIXELS),
        row * FER2013_PIXELS,
      );
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
      block = new Uint8Array(BLOCK_ROWS * FER2013_PIXELS);
      this.#blocks.push(block);
    }
    return block.subarray(index * FER2013_PIXELS, (index + 1) * FER2013_PIXELS);
  }
}

/** Position among the labels, by number or by name; −1 for neither. */
function toLabel(text: string): number {
  if (/^\d$/.test(text)) return Number(text);
  const name = toOurName(text);
  return FER2013_LABELS.findIndex((label) => label === name);
}
